import { AppError, isAppError } from '@holdfast/kernel';
import { TEST_BYTES, TEST_TERMS } from '../check-objects.js';
import { type Check } from '../check-report.js';
import { type Destination } from '../destination.port.js';

/** How long a test locks what it writes, in milliseconds, and by how much it extends that. */
export const TEST_LOCK_MS = 60_000;
const EXTENDED_BY_MS = 30_000;
/** Where tests write, each under a name of its own. */
export const TEST_PREFIX = 'test/';
/** Objects of earlier tests that one test takes away. */
const MOST_TAKEN_AWAY = 100;

/** A destination that locks for {@link TEST_LOCK_MS}, what the bucket says of itself, and a name that nobody has. */
export interface LockToTry {
  readonly destination: Destination;
  readonly bucketLocks: () => Promise<boolean>;
  readonly name: string;
  readonly now: number;
}

/** Locks an object, extends its lock, and is refused its deletion. The object stays until a later test takes it away. */
export function lockCheck({ destination, bucketLocks, name, now }: LockToTry): Check {
  return {
    step: 'lock',
    run: async () => {
      if (!(await bucketLocks())) throw notEnabled();
      await destination.put(name, TEST_BYTES, TEST_TERMS);
      await extended(destination, name, now + TEST_LOCK_MS + EXTENDED_BY_MS);
      if ((await destination.delete(name)).is !== 'locked')
        throw new AppError(
          'STORE_REJECTED',
          'The service took a lock and then deleted the object all the same. Do not rely on its locks: take the lock out of the settings, or use another service.',
        );
      await takeAwayEarlier(destination);
      return 'An object was locked, its lock was extended, and its deletion was refused. It goes with a later test.';
    },
  };
}

async function extended(destination: Destination, name: string, until: number): Promise<void> {
  try {
    await destination.extendLock(name, { needed: until, until });
  } catch (error) {
    if (!isAppError(error, 'STORE_DENIED')) throw error;
    throw new AppError(
      'STORE_DENIED',
      'The access key may not lock objects. Allow it s3:PutObjectRetention, s3:GetObjectRetention and s3:ListBucketVersions, or take the lock out of the settings.',
      { cause: error },
    );
  }
}

async function takeAwayEarlier(destination: Destination): Promise<void> {
  let taken = 0;
  for await (const { name } of destination.list(TEST_PREFIX)) {
    if (taken++ === MOST_TAKEN_AWAY) return;
    await destination.delete(name);
  }
}

function notEnabled(): AppError {
  return new AppError(
    'STORE_REJECTED',
    'Object lock is not enabled for the bucket, so nothing that is written there can be locked. Enable it (with most services only when a bucket is created), or take the lock out of the settings.',
  );
}
