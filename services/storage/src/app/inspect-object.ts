import type { Destination, ObjectDigest } from '@holdfast/destinations';
import { isAppError } from '@holdfast/kernel';

/** Reads every byte that lies under a name, with constant memory; undefined where none do. */
export async function inspectObject(destination: Destination, name: string): Promise<ObjectDigest | undefined> {
  try {
    return await destination.digest(name);
  } catch (error) {
    if (isAppError(error, 'OBJECT_NOT_FOUND')) return undefined;
    throw error;
  }
}
