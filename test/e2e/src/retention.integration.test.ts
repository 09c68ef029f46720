import { expect, it } from '@jest/globals';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
const { clock, start } = useProtectedTenant();

it('keeps what the policy keeps, lets go a user who left, and reads a returned one anew', async () => {
  const { api, tenantId, set } = await start({ messages: 12, files: 4, destinations: ['backups'], settings: {} });
  const endedWell = async (jobId: string) => {
    expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
    return jobId;
  };
  const backUp = async () => endedWell((await api.startBackup(tenantId, set)).jobId);
  const retain = async (body: object = {}) => endedWell((await api.startRetention(tenantId, set, body)).jobId);
  const change = async (changes: object) => {
    const { version, displayName, source, timeZone, retention } = await api.backupSet(tenantId, set);
    return api.changeSet(tenantId, set, { version, displayName, source, timeZone, retention, ...changes });
  };
  const resources = async () => new Set((await api.snapshots(tenantId, set)).map(({ resourceId }) => resourceId));

  for (let jobs = 0; jobs < 3; jobs += 1) await backUp();
  expect(await api.snapshots(tenantId, set)).toHaveLength(3 * 4);

  await change({ retention: { jobs: 2 }, retentionRuns: 'on-request' });
  await retain({ dryRun: true });
  const verdicts = await api.retentionVerdicts(tenantId, set);
  expect(verdicts.filter(({ stays }) => !stays).map(({ number }) => number)).toEqual([1, 1, 1, 1]);
  expect(await api.snapshots(tenantId, set)).toHaveLength(3 * 4);
  const report = await api.jobReport(tenantId, await retain());
  expect(report.housekeeping).toEqual(
    expect.arrayContaining([
      { cause: 'snapshotsKept', items: 8 },
      { cause: 'snapshotsRetired', items: 4 },
    ]),
  );
  expect((await api.snapshots(tenantId, set)).map(({ number }) => number).sort()).toEqual([2, 2, 2, 2, 3, 3, 3, 3]);

  const [leaver] = await api.accounts(tenantId);
  const everybody = (await api.backupSet(tenantId, set)).source;
  await change({ source: { ...everybody, accountIds: [leaver!.accountId] } });
  for (let jobs = 0; jobs < 2; jobs += 1) await backUp();
  await retain();
  expect([...(await resources())].filter((id) => id.endsWith(leaver!.accountId))).toEqual([]);

  await change({ source: everybody });
  const back = await api.jobReport(tenantId, await backUp());
  expect(back.newItems.items).toBeGreaterThan(0);
  const returned = (await api.snapshots(tenantId, set)).filter(({ resourceId }) =>
    resourceId.endsWith(leaver!.accountId),
  );
  expect(returned.map(({ number }) => number)).toEqual([4, 4]);
  expect((await api.jobReport(tenantId, await backUp())).newItems.items).toBe(0);
}, 300_000);

it('runs by itself after each backup of a set with rules, and says of what went why', async () => {
  const { api, tenantId, set } = await start({ messages: 6, files: 2, destinations: ['backups'], settings: {} });
  const backUp = async () => {
    const { jobId } = await api.startBackup(tenantId, set);
    expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
    return jobId;
  };
  await backUp();
  expect((await api.jobs(tenantId, set)).map(({ kind }) => kind)).toEqual(['backup']);
  const { version, displayName, source, timeZone, retentionRuns } = await api.backupSet(tenantId, set);
  expect(retentionRuns).toBe('after-each-backup');
  await api.changeSet(tenantId, set, { version, displayName, source, timeZone, retention: { jobs: 1 } });

  const last = await backUp();
  const following = await eventually(async () =>
    (await api.jobs(tenantId, set)).find(({ kind, afterJobId }) => kind === 'retention' && afterJobId === last),
  );
  expect((await api.ended(tenantId, following.jobId, WITHIN_MS)).state).toMatch(WELL);
  expect((await api.snapshots(tenantId, set)).map(({ number }) => number)).toEqual([2, 2, 2, 2]);
  const said = await api.retentionVerdicts(tenantId, set);
  for (const { number, stays, wentAtMs, jobId, explanation } of said) {
    expect([stays, wentAtMs !== undefined, jobId]).toEqual([number === 2, number === 1, following.jobId]);
    expect(explanation).toMatch(number === 1 ? /^goes because it was replaced on / : /^kept because it is the newest/);
  }
  expect(said.map(({ number }) => number).sort()).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
}, 300_000);

/** What `look` finds once it finds anything. */
async function eventually<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  const giveUpAt = clock.now() + WITHIN_MS;
  while (clock.now() < giveUpAt) {
    const found = await look();
    if (found !== undefined) return found;
    await clock.sleep(200);
  }
  throw new Error('what was waited for did not come');
}
