import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
/** What is read counts as kept for so long after it was asked for: less than the download takes. */
const HOLD_MS = 2_000;
const SETTINGS = { FREEING_READERS_REST: `${HOLD_MS}ms`, FREEING_DELETION_REST: '0s', VAULT_CACHE: '1MiB' };
const MIB = 1024 * 1024;
const { clock, start } = useProtectedTenant();

it('goes on with a download that takes longer than its hold, beside retention and space freeing', async () => {
  const wanted = { messages: 2, files: 60, fileKib: 512, destinations: ['backups'], settings: SETTINGS };
  const { api, tenantId, set, control, directoryId } = await start(wanted);
  const endedWell = async ({ jobId }: { readonly jobId: string }) => {
    expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
    return jobId;
  };
  const done = async (jobId: string) =>
    new Map((await api.jobReport(tenantId, jobId)).housekeeping.map(({ cause, items }) => [cause, items]));
  const free = async () => done(await endedWell(await api.startFreeing(tenantId, set)));

  const jobId = await endedWell(await api.startBackup(tenantId, set));
  const drive = (await api.snapshots(tenantId, set)).find(({ resourceId }) => resourceId.startsWith('drive.'));
  const { resourceId = '', snapshotId = '' } = drive ?? {};
  const wish = { from: { jobId }, sources: [{ resourceId, itemIds: [] }], format: 'zip' };
  const whole = await hashed(await api.startExport(tenantId, wish));
  expect(whole.bytes).toBeGreaterThan(25 * MIB);

  const [first, rest] = await begun(await api.startExport(tenantId, wish));
  await control.destroy(directoryId, { seed: 1, share: 1 });
  const { version, displayName, source, timeZone } = await api.backupSet(tenantId, set);
  const change = { version, displayName, source, timeZone, retention: { jobs: 1 }, retentionRuns: 'on-request' };
  await api.changeSet(tenantId, set, change);
  await endedWell(await api.startBackup(tenantId, set));
  await endedWell(await api.startRetention(tenantId, set));
  expect((await api.snapshots(tenantId, set)).map((one) => one.snapshotId)).not.toContain(snapshotId);
  await clock.sleep(3 * HOLD_MS);
  expect((await free()).get('snapshotsInUse')).toBeGreaterThan(0);
  await clock.sleep(HOLD_MS);
  expect(await hashed(rest, first)).toEqual(whole);

  await clock.sleep(2 * HOLD_MS);
  const after = await free();
  expect(after.get('snapshotsInUse')).toBe(0);
  expect(after.get('bytesFreed')).toBeGreaterThan(20 * MIB);
  await expect(api.startExport(tenantId, wish)).rejects.toThrow('NOT_FOUND');
}, 300_000);

/** The first piece, and the others. */
async function begun(content: AsyncIterable<Uint8Array>): Promise<[Uint8Array, AsyncIterable<Uint8Array>]> {
  const pieces = content[Symbol.asyncIterator]();
  const { value } = (await pieces.next()) as IteratorYieldResult<Uint8Array>;
  return [value, { [Symbol.asyncIterator]: () => pieces }];
}

async function hashed(content: AsyncIterable<Uint8Array>, first: Uint8Array = new Uint8Array()) {
  const hash = createHash('sha256').update(first);
  let bytes = first.byteLength;
  for await (const piece of content) {
    hash.update(piece);
    bytes += piece.byteLength;
  }
  return { bytes, sha256: hash.digest('hex') };
}
