import { AppError, isAppError } from '@holdfast/kernel';
import { type Destination, digestOf, type ObjectBody } from '@holdfast/destinations';
import { Readable } from 'node:stream';
import { damageOf } from '../domain/damage.js';
import { inspectObject } from './inspect-object.js';
import type { StoredObject } from './object-places.port.js';

/** Opens good bytes, from their beginning, each time. */
export type Open = () => Promise<ObjectBody>;

/** Puts good bytes in the place of whatever lies under a name, or of nothing; false where what is there cannot be replaced now. */
export async function replaceObject(target: Destination, object: StoredObject, open: Open): Promise<boolean> {
  try {
    await put(target, object, open, false);
    return true;
  } catch (error) {
    if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
    return replaceByDeleting(target, object, open);
  }
}

/**
 * Puts good bytes where a write of them broke off: what lies under the name is their beginning and no more, whatever was answered
 * when it was written. False where it is anything else, which stays as it is: that may be somebody's.
 */
export async function replaceCut(target: Destination, object: StoredObject, open: Open): Promise<boolean> {
  const found = await target.head(object.name);
  if (!found || found.bytes >= object.bytes) return false;
  const kept = await target.digest(object.name);
  if (kept.bytes >= object.bytes) return false;
  const beginning = await digestOf(beginningOf(await open(), kept.bytes));
  return beginning.sha256 === kept.sha256 && replaceObject(target, object, open);
}

/** What a name that is no longer free is refused with, where it holds neither the object nor its beginning. */
export function otherObject(name: string): AppError {
  return new AppError(
    'STORE_REJECTED',
    'The destination holds something else under the name of an object. It was damaged, or changed by somebody: delete it there, and the copy is made.',
    { context: { object: name } },
  );
}

async function* beginningOf(body: ObjectBody, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = bytes;
  try {
    for await (const piece of body instanceof Uint8Array ? [body] : body) {
      yield piece.subarray(0, left);
      left -= piece.byteLength;
      if (left <= 0) return;
    }
  } finally {
    if (body instanceof Readable) body.destroy();
  }
}

/**
 * For a destination that never overwrites: deletes the damaged object when good bytes were seen elsewhere just now, and what lies
 * here is damaged still.
 */
async function replaceByDeleting(target: Destination, object: StoredObject, open: Open): Promise<boolean> {
  if (damageOf(object, await digestOf(await open())) !== undefined) return false;
  if (damageOf(object, await inspectObject(target, object.name)) === undefined) return true;
  if ((await target.delete(object.name)).is === 'locked') return false;
  await put(target, object, open, true);
  return true;
}

async function put(target: Destination, object: StoredObject, open: Open, isNew: boolean): Promise<void> {
  const body = await open();
  try {
    await target.put(object.name, body, { bytes: object.bytes, sha256: object.sha256, ifAbsent: isNew });
  } finally {
    // A target that fails leaves it unread.
    if (body instanceof Readable) body.destroy();
  }
}
