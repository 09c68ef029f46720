import { createHash } from 'node:crypto';
import { AppError, parseSnapshotId, type RandomBytes, type SnapshotId } from '@holdfast/kernel';
import { brokenObject } from '../broken-object.js';
import type { SigningKeys } from '../notes/generation-note.js';
import { isSignedBy, type SigningKey } from './signing-key.js';
import { decodeSnapshotBody, encodeSnapshotBody, type SnapshotBody } from './snapshot-body.js';
import { decodeSnapshotHeader, encodeSnapshotHeader, type SnapshotHeader } from './snapshot-header.js';
import { readSnapshotLayout, SALT_BYTES, type SnapshotLayout, writeSnapshotPrefix } from './snapshot-layout.js';
import type { VaultCipher } from '../keys/vault-keys.js';
import { openPart, sealPart } from './snapshot-seal.js';
import { verifyTaskCertificate } from './task-certificate.js';

const OBJECT = 'snapshot';

/** The keys that snapshot headers need; storage holds no more than these. */
export interface HeaderKeys {
  readonly cipher: VaultCipher;
  readonly indexKey: Uint8Array;
}

/** The keys that snapshot bodies need: the metadata branch of each root key, oldest first. */
export interface SnapshotKeys extends HeaderKeys {
  readonly ring: readonly { readonly keyId: string; readonly meta: Uint8Array }[];
}

export interface SnapshotParts {
  readonly header: SnapshotHeader;
  readonly body: SnapshotBody;
}

/** The snapshot object, sealed under the newest root key and signed by the task whose certificate the header carries. */
export function sealSnapshot(
  { header, body }: SnapshotParts,
  keys: SnapshotKeys,
  taskKey: SigningKey,
  random: RandomBytes,
): Uint8Array {
  const root = keys.ring.at(-1);
  if (!root) throw new AppError('KEY_WRONG', 'A snapshot cannot be sealed without a root key of the vault.');
  const plainHeader = encodeSnapshotHeader(header);
  const plainBody = encodeSnapshotBody(body);
  const salt = random(SALT_BYTES);
  const prefix = writeSnapshotPrefix(salt, root.keyId, plainHeader, plainBody);
  const { cipher, indexKey } = keys;
  const signed = Buffer.concat([
    prefix,
    sealPart(plainHeader, { cipher, part: 'snapshot-header', key: indexKey, salt, prefix }),
    sealPart(plainBody, { cipher, part: 'snapshot-body', key: root.meta, salt, prefix }),
  ]);
  return Buffer.concat([signed, taskKey.sign('snapshot', signed)]);
}

/** SHA-256 of the object's bytes. */
export function snapshotIdOf(object: Uint8Array): SnapshotId {
  return parseSnapshotId(createHash('sha256').update(object).digest('hex'));
}

/** The header alone, without a look at the signature. */
export function openSnapshotHeader(object: Uint8Array, keys: HeaderKeys): SnapshotHeader {
  return openHeader(readSnapshotLayout(object), keys);
}

/** Header and body; whoever did not verify the object when it came in calls {@link verifySnapshot} too. */
export function openSnapshot(object: Uint8Array, keys: SnapshotKeys): SnapshotParts {
  const layout = readSnapshotLayout(object);
  const root = keys.ring.find(({ keyId }) => keyId === layout.keyId);
  if (!root)
    throw new AppError(
      'KEY_WRONG',
      'The snapshot is sealed under a root key that is not in the ring; bring that key.',
      {
        context: { keyId: layout.keyId },
      },
    );
  const { prefix, salt, sealedBody } = layout;
  const body = openPart(sealedBody, { cipher: keys.cipher, part: 'snapshot-body', key: root.meta, salt, prefix });
  return { header: openHeader(layout, keys), body: decodeSnapshotBody(body) };
}

/**
 * The header of a snapshot that a certified task signed: the vault's key of the header's generation certifies the task for the
 * header's resource, epoch and generation, and the task's key signed every byte. VAULT_OBJECT_INVALID otherwise.
 */
export function verifySnapshot(object: Uint8Array, keys: HeaderKeys, signingKeys: SigningKeys): SnapshotHeader {
  const layout = readSnapshotLayout(object);
  const header = openHeader(layout, keys);
  const vaultKey = signingKeys.get(header.generation);
  if (!vaultKey) throw brokenObject(OBJECT, 'its generation is one that the vault has opened');
  const certificate = verifyTaskCertificate(header.certificate, vaultKey);
  const isCovered =
    certificate.tenant === header.tenant &&
    certificate.vault === header.vault &&
    certificate.set === header.set &&
    certificate.resource === header.resource &&
    certificate.epoch === header.epoch &&
    certificate.generation === header.generation &&
    certificate.notAfter >= header.finishedAt;
  if (!isCovered) throw brokenObject(OBJECT, 'its certificate is for its resource, epoch, generation and time');
  if (!isSignedBy(certificate.publicKey, 'snapshot', layout.signed, layout.signature))
    throw brokenObject(OBJECT, 'it is signed with the certified key');
  return header;
}

function openHeader({ prefix, salt, sealedHeader }: SnapshotLayout, { cipher, indexKey }: HeaderKeys): SnapshotHeader {
  return decodeSnapshotHeader(openPart(sealedHeader, { cipher, part: 'snapshot-header', key: indexKey, salt, prefix }));
}
