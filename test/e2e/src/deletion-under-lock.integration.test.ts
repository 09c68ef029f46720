import { describeWithServer, NO_S3, s3Server, type S3Server } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'minio';
import { filesBelow } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell } from './restore-everything.suite.js';

const LOCKED_DAYS = 2;
const DAY_MS = 86_400_000;
const AT_ONCE = {
  ...{ FREEING_READERS_REST: '0s', FREEING_DELETION_REST: '0s', FREE_AGAIN_AFTER: '500ms' },
  ...{ CATCH_UP_INTERVAL: '100ms', SWEEP_INTERVAL: '200ms' },
};
const s3 = s3Server();
const { clock, start, folder } = useProtectedTenant();

/** Of each object in the bucket, the end of its lock. */
async function lockedBucket({ host, port, accessKey, secretKey }: S3Server) {
  const bucket = `holdfast-deleted-${randomUUID()}`;
  const client = new Client({ endPoint: host, port, useSSL: false, region: 'us-east-1', accessKey, secretKey });
  await client.makeBucket(bucket, 'us-east-1', { ObjectLocking: true });
  const locks = async () => {
    const ends = new Map<string, number>();
    for await (const { name } of client.listObjectsV2(bucket, '', true) as AsyncIterable<{ readonly name: string }>) {
      const { retainUntilDate } = (await client.getObjectRetention(bucket, name)) as { retainUntilDate: string };
      ends.set(name, Date.parse(retainUntilDate));
    }
    return ends;
  };
  const lock = { mode: 'governance', days: LOCKED_DAYS };
  const settings = { kind: 's3', host, port, tls: false, bucket, lock };
  return { settings, credentials: { kind: 's3', accessKey, secretKey }, locks };
}

describeWithServer('a deletion under object lock', s3 ? undefined : NO_S3, () => {
  it('takes the bytes from the destination that does not lock, and says until when the other keeps them', async () => {
    const tenant = await start({ messages: 4, files: 3, destinations: ['unused'], settings: AT_ONCE });
    const { api, tenantId, control, directoryId } = tenant;
    const { locks, ...bucket } = await lockedBucket(s3!);
    await mkdir(join(folder(), 'open'));
    const open = await api.createFolderDestination(tenantId, join(folder(), 'open'));
    const locking = await api.createDestination(tenantId, { displayName: 'Locks', ...bucket });
    const { backupSet } = await api.createSet(tenantId, {
      displayName: 'Both',
      destinationIds: [open.destinationId, locking.destinationId],
      workloads: ['drive'],
    });
    const set = backupSet.backupSetId;
    const [ann] = await control.users(directoryId);
    const drive = `drive.${ann!.id}`;
    const backUp = async () => endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId);
    const write = (path: string) =>
      control.mutate(directoryId, {
        workload: 'drive',
        user: ann!.id,
        op: 'create-file',
        path,
        text: `${path} `.repeat(999),
      });
    await write('secret.txt');
    const { jobId } = await backUp();
    const packsAtFolder = async () =>
      new Set((await filesBelow(join(folder(), 'open', ''))).filter((file) => file.includes('/packs/')));
    const before = await packsAtFolder();
    const bytesOf = new Map(
      await Promise.all([...before].map(async (pack) => [pack, (await stat(pack)).size] as const)),
    );
    const lockedBefore = await locks();
    expect(before.size).toBeGreaterThan(0);

    const secret = (await api.folderAsOf(tenantId, jobId, drive)).find(({ name }) => name === 'secret.txt')!.itemId;
    const wanted = { of: { kind: 'items', resourceId: drive, itemIds: [secret] }, reason: 'Art. 17' };
    const other = await api.asAnotherAdmin(tenantId);
    const { deletion } = await api.requestDeletion(tenantId, set, wanted);
    await api.approveDeletion(tenantId, deletion.deletionId);
    await endedWell(api, tenantId, (await other.approveDeletion(tenantId, deletion.deletionId)).deletion.jobId!);
    // Nothing that a newest snapshot names is left of before.
    await write('later.txt');
    await backUp();

    const standing = async () => (await api.deletion(tenantId, deletion.deletionId)).bytes;
    const isDone = async () => {
      const [bytes, left] = [await standing(), await packsAtFolder()];
      const isAllFreed = bytes?.explanation.startsWith('All is freed') === true;
      return (
        isAllFreed &&
        [...before].some((pack) => !left.has(pack)) &&
        bytes.lockedBytes === bytes.waitingBytes &&
        bytes.lockedBytes > 0
      );
    };
    for (let tries = 0; !(await isDone()); tries += 1) {
      expect(tries).toBeLessThan(1_000);
      await clock.sleep(100);
    }
    const told = (await standing())!;
    // Packs wait behind the locked snapshot that needed them, and are told of with it.
    const left = await packsAtFolder();
    const gone = [...before].filter((pack) => !left.has(pack)).reduce((sum, pack) => sum + bytesOf.get(pack)!, 0);
    expect(gone).toBeGreaterThan(0);
    expect(told.lockedBytes).toBeGreaterThan(gone);
    expect(told.standing).toBe('waiting');
    expect(Math.abs(told.lockedUntilMs! - (clock.now() + LOCKED_DAYS * DAY_MS))).toBeLessThan(DAY_MS);
    const certified = await api.certifiedDeletion(tenantId, deletion.deletionId);
    expect(certified.bytes).toMatchObject({ standing: 'waiting', lockedUntilMs: told.lockedUntilMs });
    // What waits is as locked as it was, and not for longer.
    const lockedAfter = await locks();
    for (const [name, until] of lockedBefore) expect([name, lockedAfter.get(name)]).toEqual([name, until]);
    await other.close();
  }, 240_000);
});
