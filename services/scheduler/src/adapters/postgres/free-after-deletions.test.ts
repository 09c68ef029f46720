import { emptyTaskReport } from '@holdfast/contracts';
import {
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  SystemClock,
  type JobId,
} from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DeleteOnRequest } from '../../app/delete-on-request.js';
import { FreeAfterDeletions } from '../../app/free-after-deletions.js';
import type { ErasureHolder, ErasureHolders } from '../../app/erasure-holders.port.js';
import { RenewNewest } from '../../app/renew-newest.js';
import { StartHousekeeping } from '../../app/start-housekeeping.js';
import type { JobState } from '../../domain/job-outcome.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresDeletions } from './postgres-deletions.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresLegalHolds } from './postgres-legal-holds.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const database = useSchedulerDatabase();
const FREE_AGAIN_MS = 6 * 3_600_000;
const RENEW_AFTER_MS = 24 * 3_600_000;
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');

/** A tenant with a set, what follows its deletions, and a clock that a freeing's end is measured by. */
async function fresh() {
  const tenant = parseTenantId(randomUUID());
  const sets = new PostgresBackupSets(database());
  const { backupSetId } = await sets.create(tenant, {
    displayName: 'All',
    vaultId,
    timeZone: 'UTC',
    retention: {},
    retentionRuns: 'on-request',
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
  });
  const deletions = new PostgresDeletions(database());
  const jobs = new PostgresJobs(database());
  const verb = new DeleteOnRequest(deletions, new PostgresLegalHolds(database()), jobs);
  const housekeeping = new StartHousekeeping(sets, jobs);
  const clock = new MovableClock(new SystemClock().now());
  /** What storage says that the newest freeing found, two of them at a time. */
  const holders: ErasureHolder[] = [];
  const follow = () => {
    const found = {
      after: async (_tenant: unknown, _vault: unknown, after: ErasureHolder | undefined) => {
        const from = holders.findIndex(({ resourceId }) => resourceId === after?.resourceId) + 1;
        return holders.slice(from, from + 2);
      },
    } as ErasureHolders;
    const renew = new RenewNewest(found, deletions, jobs);
    const again = { afterMs: FREE_AGAIN_MS, renewAfterMs: RENEW_AFTER_MS };
    return new FreeAfterDeletions(deletions, jobs, renew, again, clock, new SilentLogger()).run();
  };
  const end = (jobId: JobId, state: JobState, left = { snapshotsInUse: 0, packsToErase: 0 }) =>
    database().inTenant(tenant, async (tx) => {
      const report = JSON.stringify({ ...emptyTaskReport, housekeeping: { bytesFreed: 9, ...left } });
      await tx.updateTable('tasks').set({ report, state: 'completed' }).where('job_id', '=', jobId).execute();
      await tx.updateTable('jobs').set({ state, finished_at: new Date() }).where('job_id', '=', jobId).execute();
    });
  /** A deletion whose job runs. */
  const begun = async (accountId: string) => {
    const subject = { kind: 'account', accountId } as const;
    const { deletion } = await verb.request(tenant, { backupSetId, subject, reason: 'Art. 17', requestedBy: 'k' });
    await verb.approve(tenant, deletion.deletionId, 'a');
    const { job } = (await verb.approve(tenant, deletion.deletionId, 'b')).deletion;
    return { deletionId: deletion.deletionId, jobId: job!.jobId };
  };
  const freeings = async () =>
    (await jobs.list(tenant, undefined, { size: 50 })).rows.filter(({ kind }) => kind === 'freeing');
  /** The jobs that make newest snapshots anew, with the resources of each. */
  const renewals = async () => {
    const { rows } = await jobs.list(tenant, undefined, { size: 50 });
    const found = rows.filter(({ kind, termsJson }) => kind === 'rewriting' && termsJson?.includes('renewsNewest'));
    return Promise.all(
      found.map(async (job) => {
        const tasks = (await jobs.listTasks(tenant, job.jobId, { size: 50 })).rows;
        return { ...job, resources: tasks.map(({ resourceId }) => resourceId).sort() };
      }),
    );
  };
  /** A freeing that has left packs to erase, a day after the removal. */
  const leftBack = async () => {
    await end((await begun('ann')).jobId, 'completed');
    await follow();
    const [first] = await freeings();
    await end(first!.jobId, 'completed', { snapshotsInUse: 0, packsToErase: 2 });
    await clock.advance(RENEW_AFTER_MS + 60_000);
  };
  const does = { follow, end, begun, freeings, renewals, leftBack };
  return { tenant, backupSetId, sets, deletions, housekeeping, jobs, clock, holders, ...does };
}

describe('FreeAfterDeletions', () => {
  it('starts one space freeing when a deletion has removed what was asked for, whoever looks and how often', async () => {
    const { tenant, deletions, follow, end, begun, freeings } = await fresh();
    const { deletionId, jobId } = await begun('ann');
    await follow();
    expect(await freeings()).toEqual([]);
    await end(jobId, 'completed');
    await Promise.all([follow(), follow(), follow()]);
    await follow();
    const [freeing, ...more] = await freeings();
    expect([more, freeing?.state, freeing?.tasksTotal, freeing?.dryRun]).toEqual([[], 'running', 1, false]);
    expect((await deletions.get(tenant, deletionId)).freeing).toMatchObject({
      jobId: freeing?.jobId,
      state: 'running',
    });
    await end(freeing!.jobId, 'completed');
    await follow();
    await follow();
    expect(await freeings()).toHaveLength(1);
    expect(await deletions.get(tenant, deletionId)).toMatchObject({
      removedAtMs: expect.any(Number),
      freeing: { state: 'completed', bytesFreed: 9, snapshotsInUse: 0, packsToErase: 0 },
    });
  });

  it('starts none for a deletion that failed', async () => {
    const { follow, end, begun, freeings } = await fresh();
    await end((await begun('ann')).jobId, 'failed');
    await follow();
    expect(await freeings()).toEqual([]);
  });

  it.each([
    ['failed', 0, 0],
    ['stopped', 0, 0],
    ['completed', 3, 0],
    ['completed', 0, 2],
  ] as const)(
    'starts another, later, after one that %s and left %d snapshots and %d packs',
    async (state, snapshotsInUse, packsToErase) => {
      const { clock, follow, end, begun, freeings } = await fresh();
      await end((await begun('ann')).jobId, 'completed');
      await follow();
      const [first] = await freeings();
      await end(first!.jobId, state, { snapshotsInUse, packsToErase });
      await follow();
      expect(await freeings()).toHaveLength(1);
      await clock.advance(FREE_AGAIN_MS + 60_000);
      await follow();
      expect(await freeings()).toHaveLength(2);
    },
  );

  it('has newest snapshots made anew before another one, of each set in a job, whoever looks and how often', async () => {
    const { backupSetId, holders, follow, end, freeings, renewals, leftBack } = await fresh();
    const gone = parseBackupSetId(randomUUID());
    for (const at of [1, 2, 3]) holders.push({ backupSetId, resourceId: parseResourceId(`mail.u${at}`) });
    holders.push({ backupSetId: gone, resourceId: parseResourceId('mail.u9') });
    await leftBack();
    await Promise.all([follow(), follow(), follow()]);
    await follow();
    const all = await renewals();
    expect(new Map(all.map((job) => [job.backupSetId, job.resources]))).toEqual(
      new Map([
        [backupSetId, ['mail.u1', 'mail.u2', 'mail.u3']],
        [gone, ['mail.u9']],
      ]),
    );
    expect(await freeings()).toHaveLength(1);
    await end(all[0]!.jobId, 'completed');
    await follow();
    expect(await freeings()).toHaveLength(1);
    await end(all[1]!.jobId, 'failed');
    await follow();
    expect([(await freeings()).length, (await renewals()).length]).toEqual([2, 2]);
  });

  it('leaves a set that is being backed up for another time', async () => {
    const { tenant, backupSetId, holders, jobs, follow, freeings, renewals, leftBack } = await fresh();
    holders.push({ backupSetId, resourceId: parseResourceId('mail.u1') });
    await leftBack();
    const job = { jobId: parseJobId(randomUUID()), kind: 'backup', backupSetId, vaultId, timeZone: 'UTC' } as const;
    await jobs.open(tenant, { ...job, fullCheck: false, dryRun: false });
    await follow();
    expect([await renewals(), (await freeings()).length]).toEqual([[], 2]);
  });

  it('has nothing made anew in the first day, in which a backup may come', async () => {
    const { backupSetId, holders, clock, follow, end, begun, freeings, renewals } = await fresh();
    holders.push({ backupSetId, resourceId: parseResourceId('mail.u1') });
    await end((await begun('ann')).jobId, 'completed');
    await follow();
    const [first] = await freeings();
    await end(first!.jobId, 'completed', { snapshotsInUse: 0, packsToErase: 2 });
    await clock.advance(FREE_AGAIN_MS + 60_000);
    await follow();
    expect([await renewals(), (await freeings()).length]).toEqual([[], 2]);
  });

  it('waits for a space freeing that runs, which may have begun before', async () => {
    const { tenant, backupSetId, housekeeping, deletions, follow, end, begun, freeings } = await fresh();
    const { deletionId, jobId } = await begun('ann');
    const other = await housekeeping.run(tenant, backupSetId, { kind: 'freeing', dryRun: false });
    await end(jobId, 'completed');
    await follow();
    expect((await deletions.get(tenant, deletionId)).freeing).toBeUndefined();
    await end(other.jobId, 'completed');
    await follow();
    expect(await freeings()).toHaveLength(2);
    expect((await deletions.get(tenant, deletionId)).freeing?.state).toBe('running');
  });

  it('starts one for all that a set has had removed', async () => {
    const { tenant, deletions, follow, end, begun, freeings } = await fresh();
    const ann = await begun('ann');
    await end(ann.jobId, 'completed');
    const other = await begun('bob');
    await end(other.jobId, 'completed');
    await follow();
    const [freeing, ...more] = await freeings();
    expect(more).toEqual([]);
    for (const { deletionId } of [ann, other])
      expect((await deletions.get(tenant, deletionId)).freeing?.jobId).toBe(freeing?.jobId);
  });

  it('keeps what was removed, so that it stands without the list of its snapshots', async () => {
    const { tenant, deletions, follow, end, begun } = await fresh();
    const { deletionId, jobId } = await begun('ann');
    const removals = [1, 2].map((number) => ({
      ...{ snapshotId: String(number).repeat(64) as never, number },
      jobStartedAtMs: number * 1_000,
    }));
    await deletions.noteRemovals(tenant, deletionId, parseResourceId('mail.ann'), removals);
    await end(jobId, 'completed');
    const before = await deletions.get(tenant, deletionId);
    expect(before.removed).toHaveLength(1);
    await follow();
    await database().inTenant(tenant, (tx) =>
      tx.deleteFrom('deletion_removals').where('deletion_id', '=', deletionId).execute(),
    );
    const { removed, removedAtMs } = await deletions.get(tenant, deletionId);
    expect([removed, removedAtMs]).toEqual([before.removed, before.removedAtMs]);
  });

  it('frees what was removed of a set that was deleted since, until all is taken', async () => {
    const { tenant, backupSetId, sets, deletions, clock, follow, end, begun, freeings, holders, renewals } =
      await fresh();
    const { deletionId, jobId } = await begun('ann');
    await end(jobId, 'completed');
    await sets.delete(tenant, backupSetId);
    await Promise.all([follow(), follow(), follow()]);
    const [first, ...more] = await freeings();
    expect([more, first?.vaultId, first?.backupSetId, first?.tasksTotal]).toEqual([[], vaultId, backupSetId, 1]);
    await end(first!.jobId, 'completed', { snapshotsInUse: 0, packsToErase: 2 });
    holders.push({ backupSetId, resourceId: parseResourceId('mail.u1') });
    await clock.advance(RENEW_AFTER_MS + 60_000);
    await follow();
    const [renewal] = await renewals();
    await end(renewal!.jobId, 'completed');
    await follow();
    const second = (await freeings()).find(({ state }) => state === 'running');
    await end(second!.jobId, 'completed');
    await follow();
    await clock.advance(30 * RENEW_AFTER_MS);
    await follow();
    expect(await freeings()).toHaveLength(2);
    expect(await deletions.get(tenant, deletionId)).toMatchObject({
      removedAtMs: expect.any(Number),
      freeing: { jobId: second?.jobId, state: 'completed', packsToErase: 0 },
    });
  });

  it('frees what was removed of a set that is deleted while space freeing is not done', async () => {
    const { tenant, backupSetId, sets, clock, follow, end, begun, freeings } = await fresh();
    await end((await begun('ann')).jobId, 'completed');
    await follow();
    const [first] = await freeings();
    await end(first!.jobId, 'failed');
    await sets.delete(tenant, backupSetId);
    await clock.advance(FREE_AGAIN_MS + 60_000);
    await follow();
    expect(await freeings()).toHaveLength(2);
  });
});
