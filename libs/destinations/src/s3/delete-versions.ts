import { type Client } from 'minio';
import { type Deletion } from '../destination.port.js';
import { systemCode } from '../system-code.js';
import { objectVersions } from './object-versions.js';
import { saysAbsent } from './s3-errors.js';

/**
 * Deletes an object so that none of its bytes stay. Where the bucket keeps versions, a plain DELETE would only hide it: each version
 * that a reader comes to see is deleted by its id.
 */
export async function deleteVersions(client: Client, bucket: string, key: string): Promise<Deletion> {
  for (let is: 'absent' | 'deleted' = 'absent'; ; is = 'deleted') {
    const version = await visibleVersion(client, bucket, key);
    if (!version) return { is };
    const { versionId } = version;
    const refused = await deleteOne(client, { bucket, key, versionId });
    if (refused) return { is: 'locked', until: refused.until };
    if (versionId === undefined) return { is: 'deleted' };
  }
}

/** As {@link deleteVersions}, for a bucket in which others may have hidden what is locked: looks below their marks and versions, too. */
export async function deleteHiddenVersions(client: Client, bucket: string, key: string): Promise<Deletion> {
  let isAny = false;
  const locks: Lock[] = [];
  for await (const { versionId } of objectVersions(client, bucket, key)) {
    const refused = await deleteOne(client, { bucket, key, versionId });
    if (refused) locks.push(refused);
    isAny = true;
  }
  const last = locks.reduce<Lock | undefined>(
    (one, other) => (one && endOf(one) > endOf(other) ? one : other),
    undefined,
  );
  return last ? { is: 'locked', until: last.until } : { is: isAny ? 'deleted' : 'absent' };
}

/** Why a version may not be deleted: its date, or a hold that has none. */
interface Lock {
  readonly until: number | undefined;
}

const endOf = ({ until = Infinity }: Lock) => until;

/** The lock that keeps the version, where one does. */
async function deleteOne(
  client: Client,
  { bucket, key, versionId }: { readonly bucket: string; readonly key: string; readonly versionId: string | undefined },
): Promise<Lock | undefined> {
  try {
    await client.removeObject(bucket, key, versionId === undefined ? {} : { versionId });
    return undefined;
  } catch (thrown) {
    const lock = versionId === undefined ? undefined : await lockOf(client, bucket, key, versionId);
    if (!lock) throw thrown;
    return lock;
  }
}

async function visibleVersion(
  client: Client,
  bucket: string,
  key: string,
): Promise<{ readonly versionId: string | undefined } | undefined> {
  try {
    const { versionId } = await client.statObject(bucket, key);
    return { versionId: versionId ?? undefined };
  } catch (thrown) {
    if (saysAbsent(thrown)) return undefined;
    throw thrown;
  }
}

/** Undefined where it is no lock that refuses. */
async function lockOf(client: Client, bucket: string, key: string, versionId: string): Promise<Lock | undefined> {
  const [retention, hold] = await Promise.all([
    client.getObjectRetention(bucket, key, { versionId }).catch(noLock),
    client.getObjectLegalHold(bucket, key, { versionId }).catch(noLock),
  ]);
  if (isOn(hold)) return { until: undefined };
  const until = Date.parse(retention?.retainUntilDate ?? '');
  return Number.isNaN(until) ? undefined : { until };
}

/** The client says that it answers a word, and answers the element that holds it. */
function isOn(hold: unknown): boolean {
  return typeof hold === 'object' && hold !== null && 'Status' in hold && hold.Status === 'ON';
}

/** An object or a bucket without a lock, a service that knows none, and an account that may not ask all end here. */
function noLock(thrown: unknown): undefined {
  if (systemCode(thrown) === undefined) throw thrown;
}
