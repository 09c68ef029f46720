import { AppError, type Branded } from '@holdfast/kernel';
import { hkdfSync } from 'node:crypto';
import type { Branch } from '../ports.js';
import type { RootKey } from './root-key.js';

/** 128 bits that name a root key without telling anything about it, lower-case hexadecimal. */
export type KeyId = Branded<'KeyId'>;

/** What seals a vault's objects: chosen when the vault is made, stated in its header and in every pack. */
export type VaultCipher = 'aes-256-gcm' | 'aes-128-gcm';

/** The keys of one root key in the ring: one per branch. A holder without `data` can mark, but read no content. */
export interface RingKeys {
  readonly keyId: KeyId;
  readonly data?: Uint8Array;
  readonly meta: Uint8Array;
}

/**
 * Every key that reading and writing a vault needs, derived from its root keys (docs/format/v1.md#keys). Plain byte
 * arrays, so that they can be leased to a process and passed to a worker thread. Whoever holds them cannot get back to the root keys.
 */
export interface VaultKeys {
  readonly cipher: VaultCipher;
  /** Seals pack trailers. Never rotates. */
  readonly indexKey: Uint8Array;
  /** Seals the vault header. Never rotates. */
  readonly headerKey: Uint8Array;
  /** Chooses the node boundaries of trees. Never rotates. */
  readonly treeKey: Uint8Array;
  /** Keys of the chunk ids, one per branch, so that equal bytes in both branches are two chunks. Never rotate. */
  readonly dataIdKey?: Uint8Array;
  readonly metaIdKey: Uint8Array;
  /** 256 unsigned 32-bit little-endian numbers: the chunker's gear table. Never rotates. */
  readonly gear?: Uint8Array;
  /** Oldest first; new packs are sealed under the last. */
  readonly ring: readonly RingKeys[];
}

const GEAR_BYTES = 1024;

function derive(root: RootKey, label: string, bytes: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root, new Uint8Array(0), `holdfast/v1/${label}`, bytes));
}

/** The name under which objects mention a root key. */
export function keyIdOf(root: RootKey): KeyId {
  return Buffer.from(derive(root, 'key-id', 16)).toString('hex') as KeyId;
}

/** Derives a vault's keys from its ring of root keys, oldest first. */
export function deriveVaultKeys(roots: readonly RootKey[], cipher: VaultCipher = 'aes-256-gcm'): VaultKeys {
  const first = roots[0];
  if (!first) throw new AppError('KEY_WRONG', 'A vault has at least one root key.', { context: { field: 'roots' } });
  return {
    cipher,
    indexKey: derive(first, 'index', 32),
    headerKey: derive(first, 'header', 32),
    treeKey: derive(first, 'tree', 32),
    dataIdKey: derive(first, 'chunk-id/data', 32),
    metaIdKey: derive(first, 'chunk-id/meta', 32),
    gear: derive(first, 'gear', GEAR_BYTES),
    ring: roots.map((root) => ({
      keyId: keyIdOf(root),
      data: derive(root, 'branch/data', 32),
      meta: derive(root, 'branch/meta', 32),
    })),
  };
}

/** The same keys without those that open or recognise content: enough to read trees and to mark what is in use. */
export function metadataKeysOf(keys: VaultKeys): VaultKeys {
  return {
    cipher: keys.cipher,
    indexKey: keys.indexKey,
    headerKey: keys.headerKey,
    treeKey: keys.treeKey,
    metaIdKey: keys.metaIdKey,
    ring: keys.ring.map(({ keyId, meta }) => ({ keyId, meta })),
  };
}

function held(key: Uint8Array | undefined, what: string): Uint8Array {
  if (!key)
    throw new AppError('KEY_WRONG', `This process holds no ${what} key of the vault: it may read metadata only.`, {
      context: { key: what },
    });
  return key;
}

/** The branch keys to try when opening a chunk, newest first. */
export function branchKeys(keys: VaultKeys, branch: Branch): readonly Uint8Array[] {
  return keys.ring.map((ring) => held(ring[branch], branch)).reverse();
}

/** The key that names the chunks of a branch. */
export function chunkIdKey(keys: VaultKeys, branch: Branch): Uint8Array {
  return branch === 'data' ? held(keys.dataIdKey, 'content id') : keys.metaIdKey;
}

/** The chunker's table as numbers. */
export function gearTable(keys: VaultKeys): Int32Array {
  const bytes = held(keys.gear, 'gear');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: GEAR_BYTES / 4 }, (_, i) => view.getInt32(i * 4, true));
}

/** The root key's id and branch key that new packs of a branch are sealed under. */
export function currentBranchKey(keys: VaultKeys, branch: Branch): { readonly keyId: KeyId; readonly key: Uint8Array } {
  const ring = keys.ring.at(-1);
  if (!ring) throw new AppError('KEY_WRONG', 'A vault has at least one root key.', { context: { field: 'ring' } });
  return { keyId: ring.keyId, key: held(ring[branch], branch) };
}
