import { type Client, RETENTION_MODES } from 'minio';
import { type LockWish } from '../destination.port.js';
import { objectNotFound } from '../object-errors.js';
import { systemCode } from '../system-code.js';
import { objectVersions } from './object-versions.js';
import { type S3Settings } from './s3-settings.js';

export type LockMode = NonNullable<S3Settings['lock']>['mode'];

const MODES = { governance: RETENTION_MODES.GOVERNANCE, compliance: RETENTION_MODES.COMPLIANCE } as const;
/** How services say that a version was never locked, or its bucket locks nothing. */
const NEVER_LOCKED = ['NoSuchObjectLockConfiguration', 'ObjectLockConfigurationNotFoundError'];

/** What a PUT says so that the object is locked from its first moment. */
export function lockHeaders(
  mode: LockMode,
  { until, sha256 }: { readonly until: number; readonly sha256: string },
): Readonly<Record<string, string>> {
  return {
    'x-amz-object-lock-mode': MODES[mode],
    'x-amz-object-lock-retain-until-date': new Date(until).toISOString(),
    // AWS takes no locked object without a checksum in a header of its own.
    'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
  };
}

/**
 * Locks every version of an object as the wish says, and answers until when the first of them ends. All of them, because who overwrites
 * an object must not have the lock move to what he wrote. A version keeps the mode that it was locked with.
 */
export async function extendLocks(
  client: Client,
  { bucket, key, mode }: { readonly bucket: string; readonly key: string; readonly mode: LockMode },
  { needed, until }: LockWish,
): Promise<number> {
  let firstEnd = Infinity;
  for await (const { versionId, isMark } of objectVersions(client, bucket, key)) {
    if (isMark) continue;
    const found = await retentionOf(client, { bucket, key, versionId });
    const isEnough = found !== undefined && found.until > needed;
    firstEnd = Math.min(firstEnd, isEnough ? found.until : until);
    if (isEnough) continue;
    const retainUntilDate = new Date(until).toISOString();
    await client.putObjectRetention(bucket, key, { mode: found?.mode ?? MODES[mode], retainUntilDate, versionId });
  }
  if (firstEnd === Infinity) throw objectNotFound();
  return firstEnd;
}

interface Retention {
  readonly mode: RETENTION_MODES;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Undefined for a version that was never locked. */
async function retentionOf(
  client: Client,
  { bucket, key, versionId }: { readonly bucket: string; readonly key: string; readonly versionId: string },
): Promise<Retention | undefined> {
  try {
    const found = await client.getObjectRetention(bucket, key, { versionId });
    const until = Date.parse(found?.retainUntilDate ?? '');
    if (!found || Number.isNaN(until)) return undefined;
    return { mode: found.mode === 'COMPLIANCE' ? MODES.compliance : MODES.governance, until };
  } catch (thrown) {
    if (NEVER_LOCKED.includes(systemCode(thrown) ?? '')) return undefined;
    throw thrown;
  }
}

/** Whether the bucket can lock objects at all; some services take a lock for one that cannot, and do nothing about it. */
export async function bucketLocks(client: Client, bucket: string): Promise<boolean> {
  try {
    // Of its declarations only the last tells of an answer.
    const ask = client.getObjectLockConfig.bind(client) as (
      of: string,
    ) => Promise<{ readonly objectLockEnabled?: string }>;
    return (await ask(bucket)).objectLockEnabled === 'Enabled';
  } catch (thrown) {
    if (NEVER_LOCKED.includes(systemCode(thrown) ?? '')) return false;
    throw thrown;
  }
}
