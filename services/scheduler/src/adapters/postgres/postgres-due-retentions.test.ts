import {
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  SystemClock,
  type BackupSetId,
} from '@holdfast/kernel';
import { emptyTaskReport, type RetentionRuns, type WireRetentionPolicy } from '@holdfast/contracts';
import { SilentLogger } from '@holdfast/platform';
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { jobAfter } from '../../app/job-of-turn.js';
import { StartDueRetentions } from '../../app/start-due-retentions.js';
import { StartHousekeeping } from '../../app/start-housekeeping.js';
import type { TaskEnd } from '../../app/tasks.port.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresDueRetentions } from './postgres-due-retentions.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresTasks } from './postgres-tasks.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const ann = parseResourceId('mail.ann');
const bob = parseResourceId('mail.bob');
type Outcome = TaskEnd['outcome'];

const database = useSchedulerDatabase();
const sets = () => new PostgresBackupSets(database());
const jobs = () => new PostgresJobs(database());
const housekeeping = () => new StartHousekeeping(sets(), jobs());

/** A scheduler's part of it: all that a restarted one has is the database. */
const round = () =>
  new StartDueRetentions(new PostgresDueRetentions(database()), housekeeping(), new SilentLogger()).run();

afterEach(() =>
  database().inTenant(ours, (tx) => tx.updateTable('backup_sets').set({ retention_after: null }).execute()),
);

const settings = {
  displayName: 'All',
  vaultId,
  timeZone: 'Europe/Vienna',
  source: { allAccounts: true, accountIds: new Set<string>(), workloads: ['mail' as const], skipUnlicensed: false },
};

const newSet = (retentionRuns: RetentionRuns = 'after-each-backup', retention: WireRetentionPolicy = { jobs: 1 }) =>
  sets().create(ours, { ...settings, retention, retentionRuns });

/** A backup whose tasks a worker ended so. */
async function backUp(backupSetId: BackupSetId, outcomes: readonly Outcome[] = ['completed']) {
  const jobId = parseJobId(randomUUID());
  const terms = { timeZone: 'UTC', fullCheck: false, dryRun: false };
  await jobs().open(ours, { jobId, kind: 'backup', backupSetId, vaultId, ...terms });
  await jobs().addTasks(ours, jobId, [ann, bob].slice(0, outcomes.length));
  await jobs().close(ours, jobId, []);
  const tasks = new PostgresTasks(database(), new SystemClock());
  for (const [at, { taskId, progress }] of (await jobs().listTasks(ours, jobId, { size: 10 })).rows.entries()) {
    const epoch = (await tasks.lease(ours, taskId, 'test', 60_000))?.task.epoch ?? 0;
    const outcome = outcomes[at] ?? 'completed';
    const end = { outcome, progress, report: emptyTaskReport, snapshotId: '', errorCode: '', errorMessage: '' };
    await tasks.finish(ours, { taskId, epoch }, end);
  }
  return jobId;
}

const retentionsOf = async (set: BackupSetId) =>
  (await jobs().list(ours, set, { size: 100 })).rows.filter(({ kind }) => kind === 'retention');

/** As if its task had been finished. */
async function end(set: BackupSetId): Promise<void> {
  for (const { jobId, state } of await retentionsOf(set))
    if (state === 'running') await jobs().requestStop(ours, jobId);
}

describe('StartDueRetentions', () => {
  it('starts one retention after each backup, in restarted and in several schedulers too', async () => {
    const { backupSetId } = await newSet();
    expect(await round()).toBe(0);
    const backup = await backUp(backupSetId);
    await Promise.all([round(), round(), round()]);
    expect(await retentionsOf(backupSetId)).toMatchObject([
      { jobId: jobAfter(backup), afterJobId: backup, state: 'running', dryRun: false, tasksTotal: 1 },
    ]);
    await end(backupSetId);
    expect(await round()).toBe(0);
    await backUp(backupSetId);
    expect(await round()).toBe(1);
    expect(await retentionsOf(backupSetId)).toHaveLength(2);
  });

  it.each<[string, readonly Outcome[], number]>([
    ['completed with warnings', ['completed-with-warnings'], 1],
    ['completed with errors', ['completed', 'incomplete'], 1],
    ['failed', ['failed'], 0],
    ['stopped', ['stopped'], 0],
  ])('starts what a backup that %s asks for', async (_name, outcomes, started) => {
    const { backupSetId } = await newSet();
    await backUp(backupSetId, outcomes);
    expect(await round()).toBe(started);
  });

  it('starts none of a set that keeps everything, nor of one that waits to be asked', async () => {
    for (const { backupSetId } of [await newSet('on-request'), await newSet('after-each-backup', {})])
      await backUp(backupSetId);
    expect(await round()).toBe(0);
  });

  it('forgets a retention that is due when its set is to wait to be asked', async () => {
    const { backupSetId, version } = await newSet();
    await backUp(backupSetId);
    await sets().update(ours, backupSetId, version, {
      ...settings,
      retention: { jobs: 1 },
      retentionRuns: 'on-request',
    });
    const later = await sets().update(ours, backupSetId, version + 1, { ...settings, retention: { jobs: 2 } });
    expect(later.retentionRuns).toBe('on-request');
    expect(await round()).toBe(0);
  });

  it('waits for a retention that runs, and lets no set keep another waiting', async () => {
    const [one, other] = [(await newSet()).backupSetId, (await newSet()).backupSetId].sort();
    await housekeeping().run(ours, one!, { kind: 'retention', dryRun: true });
    await backUp(one!);
    await backUp(other!);
    expect(await round()).toBe(1);
    expect(await retentionsOf(one!)).toHaveLength(1);
    await end(one!);
    expect(await round()).toBe(1);
    expect(await retentionsOf(one!)).toHaveLength(2);
  });

  it('gives a retention its task that a dying scheduler left without one', async () => {
    const { backupSetId } = await newSet();
    const afterJobId = await backUp(backupSetId);
    const job = { jobId: jobAfter(afterJobId), kind: 'retention', backupSetId, vaultId, afterJobId } as const;
    await jobs().open(ours, { ...job, timeZone: 'UTC', fullCheck: false, dryRun: false });
    expect(await round()).toBe(1);
    expect(await retentionsOf(backupSetId)).toMatchObject([{ jobId: job.jobId, tasksTotal: 1 }]);
  });
});
