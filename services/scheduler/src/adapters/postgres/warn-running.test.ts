import { AppError, parseJobId, parseResourceId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { VaultHealth } from '../../app/vault-health.port.js';
import type { JobKind } from '../../domain/job-kind.js';
import { WarnRunning } from '../../app/warn-running.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresJobs } from './postgres-jobs.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const LOCKS = 'Locks could not be extended.';
const AWAY = 'A destination did not answer.';
const database = useSchedulerDatabase();
const tenant = parseTenantId(randomUUID());
const vaultId = parseVaultId(randomUUID());
const discarded = parseVaultId(randomUUID());
let jobs: PostgresJobs;
let now: readonly string[] | AppError;

const health = {
  warnings: async (_tenant: unknown, vault: unknown) => {
    if (vault === discarded) throw new AppError('NOT_FOUND', 'There is no such vault.');
    if (vault !== vaultId) return [];
    if (now instanceof AppError) throw now;
    return now.map((text) => ({ text, about: text === LOCKS ? 'locks' : 'destination' }));
  },
} as VaultHealth;
const look = () => new WarnRunning(jobs, health).run();

/** A job of a set of its own that was warned of something when it began. */
async function begun(warnings: readonly string[] = [], inVault = vaultId, kind: JobKind = 'backup') {
  const jobId = parseJobId(randomUUID());
  const { backupSetId } = await new PostgresBackupSets(database()).create(tenant, {
    ...{ displayName: 'All', vaultId: inVault, timeZone: 'UTC', retention: {}, retentionRuns: 'on-request' },
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
  });
  const of = { jobId, kind, backupSetId, vaultId: inVault, timeZone: 'UTC' } as const;
  await jobs.open(tenant, { ...of, fullCheck: false, dryRun: false });
  await jobs.addTasks(tenant, jobId, [parseResourceId('mail.ann')]);
  await jobs.close(tenant, jobId, warnings);
  return jobId;
}
const told = async (jobId: Awaited<ReturnType<typeof begun>>) => (await jobs.get(tenant, jobId)).warnings;
/** How often it was told on the bus that the job has changed. */
const revisionOf = (jobId: string) =>
  database().inTenant(tenant, (tx) =>
    tx.selectFrom('jobs').select('revision').where('job_id', '=', jobId).executeTakeFirstOrThrow(),
  );

beforeEach(() => {
  jobs = new PostgresJobs(database());
  now = [];
});

describe('a backup that runs', () => {
  it('is told what came since it began, once, whoever looks and how often', async () => {
    const [one, other] = [await begun([LOCKS]), await begun()];
    await look();
    expect([await told(one), await told(other)]).toEqual([[LOCKS], []]);
    now = [LOCKS, AWAY];
    await Promise.all([look(), look(), look()]);
    expect([await told(one), await told(other)]).toEqual([[LOCKS, AWAY], now]);
    const before = await revisionOf(one);
    await look();
    now = [];
    await look();
    expect([await told(one), await revisionOf(one)]).toEqual([[LOCKS, AWAY], before]);
  });

  it('ends with warnings where it was warned in the middle', async () => {
    const jobId = await begun();
    now = [AWAY];
    await look();
    await database().inTenant(tenant, (tx) =>
      tx.updateTable('tasks').set({ state: 'completed' }).where('job_id', '=', jobId).execute(),
    );
    await jobs.requestStop(tenant, jobId);
    expect(await jobs.get(tenant, jobId)).toMatchObject({ state: 'completed-with-warnings', warnings: [AWAY] });
  });

  it('is told nothing once it has ended, nor where storage does not answer', async () => {
    const ended = await begun();
    await database().inTenant(tenant, (tx) =>
      tx.updateTable('jobs').set({ state: 'completed' }).where('job_id', '=', ended).execute(),
    );
    now = [AWAY];
    await jobs.warn(tenant, ended, now);
    await look();
    expect(await told(ended)).toEqual([]);
    const running = await begun();
    now = new AppError('DEPENDENCY_UNAVAILABLE', 'Storage does not answer.');
    await look();
    expect(await told(running)).toEqual([]);
  });

  it('is told although storage has nothing to say of the vaults of others', async () => {
    const jobs = [await begun([], discarded), await begun(), await begun([], discarded)];
    now = [AWAY];
    await look();
    expect(await Promise.all(jobs.map(told))).toEqual([[], [AWAY], []]);
  });

  it.each(['restore', 'rewriting', 'freeing', 'rebuild', 'check', 'deletion'] as const)(
    'is not the only one to be told of a destination that does not answer: a %s is, and ends with warnings',
    async (kind) => {
      const jobId = await begun([], vaultId, kind);
      now = [AWAY];
      await Promise.all([look(), look()]);
      expect(await told(jobId)).toEqual([AWAY]);
      await database().inTenant(tenant, (tx) =>
        tx.updateTable('tasks').set({ state: 'completed' }).where('job_id', '=', jobId).execute(),
      );
      await jobs.requestStop(tenant, jobId);
      expect(await jobs.get(tenant, jobId)).toMatchObject({ state: 'completed-with-warnings', warnings: [AWAY] });
    },
  );

  it('keeps what concerns it to itself', async () => {
    const [restore, retention] = [await begun([], vaultId, 'restore'), await begun([], vaultId, 'retention')];
    now = [LOCKS, AWAY];
    await look();
    expect([await told(restore), await told(retention)]).toEqual([[AWAY], []]);
  });

  it('keeps no more than fifty', async () => {
    const jobId = await begun();
    now = Array.from({ length: 60 }, (_, at) => `Warning ${at}.`);
    await look();
    expect(await told(jobId)).toEqual(now.slice(0, 50));
  });
});
