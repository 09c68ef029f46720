import type { Destination, ObjectBody } from '@holdfast/destinations';
import { isAppError } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import type { Bytes } from '../domain/damage.js';

/** Reads every byte that lies under a name, with constant memory; undefined where none do. */
export async function inspectObject(destination: Destination, name: string): Promise<Bytes | undefined> {
  try {
    return await bytesOf(await destination.get(name));
  } catch (error) {
    if (isAppError(error, 'OBJECT_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Length and hash of a body, which is read to its end. */
export async function bytesOf(body: ObjectBody): Promise<Bytes> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    hash.update(piece);
    bytes += piece.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
}
