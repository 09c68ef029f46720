import type { ChunkId, PackId } from '@holdfast/kernel';
import type { KeyObject } from 'node:crypto';
import { corruptChunk } from '../broken-object.js';
import { ChunkNamer, chunkIdBytes } from '../chunks/chunk-id.js';
import { type VaultCipher, type VaultKeys, branchKeys, chunkIdKey } from '../keys/vault-keys.js';
import type { Branch, TrailerEntry } from '../ports.js';
import { openSealed, packKey } from './seal.js';

/** Pack keys kept at hand; deriving one costs as much as opening a small chunk. */
const CACHED_PACKS = 256;

/** What opening the chunks of one branch takes. Plain data: it crosses into worker threads. */
export interface OpenerKeys {
  readonly cipher: VaultCipher;
  /** Newest first. */
  readonly branchKeys: readonly Uint8Array[];
  /** Names the chunks. */
  readonly idKey: Uint8Array;
}

/** KEY_WRONG where the process does not hold the keys of the branch. */
export function openerKeys(keys: VaultKeys, branch: Branch): OpenerKeys {
  return { cipher: keys.cipher, branchKeys: branchKeys(keys, branch), idKey: chunkIdKey(keys, branch) };
}

/** Opens the sealed chunks of one branch and checks that they are what their id says. */
export class ChunkOpener {
  readonly #keys: OpenerKeys;
  readonly #namer: ChunkNamer;
  readonly #packKeys = new Map<PackId, KeyObject[]>();

  constructor(keys: OpenerKeys) {
    this.#keys = keys;
    this.#namer = new ChunkNamer(keys.idKey);
  }

  /** The plain bytes, in `target` where it is given; CHUNK_CORRUPT unless they are exactly those that were named `entry.chunkId`. */
  open(
    entry: Pick<TrailerEntry, 'chunkId' | 'birthPackId' | 'birthCounter' | 'plainBytes'>,
    sealed: Uint8Array,
    target?: Uint8Array,
  ): Uint8Array {
    const id = chunkIdBytes(entry.chunkId);
    const { birthCounter, plainBytes } = entry;
    const keys = this.#keysOf(entry.birthPackId);
    const plain = openSealed(sealed, keys, this.#keys.cipher, { id, birthCounter, plainBytes }, target);
    this.verify(entry.chunkId, plain);
    return plain;
  }

  /** Throws CHUNK_CORRUPT unless `plain` has the id. */
  verify(chunkId: ChunkId, plain: Uint8Array): void {
    if (!this.#namer.nameOf(plain).equals(chunkIdBytes(chunkId)))
      throw corruptChunk('its bytes have the id that it is known by', { chunkId });
  }

  /** Derived as they are needed: a vault whose key was never changed needs one. */
  *#keysOf(packId: PackId): Generator<KeyObject> {
    let known = this.#packKeys.get(packId);
    if (!known) {
      known = [];
      if (this.#packKeys.size >= CACHED_PACKS) this.#packKeys.delete(this.#packKeys.keys().next().value ?? packId);
      this.#packKeys.set(packId, known);
    }
    for (const [i, branchKey] of this.#keys.branchKeys.entries())
      yield (known[i] ??= packKey(branchKey, packId, this.#keys.cipher));
  }
}
