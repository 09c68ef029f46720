import {
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  vaultResource,
  type JobId,
  type ResourceId,
} from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StartHousekeeping } from '../../app/start-housekeeping.js';
import type { JobState, TaskState } from '../../domain/job-outcome.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresRetentionPast } from './postgres-retention-past.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const ann = parseResourceId('mail.ann');
const bob = parseResourceId('mail.bob');
const DAY_MS = 86_400_000;
const day = (number: number) => Date.parse('2026-11-01T21:00:00Z') + number * DAY_MS;

const database = useSchedulerDatabase();

const newSet = () =>
  new PostgresBackupSets(database()).create(ours, {
    displayName: 'All',
    vaultId,
    timeZone: 'Europe/Vienna',
    retention: { days: 7 },
    retentionRuns: 'on-request',
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
  });
type BackupSet = Awaited<ReturnType<typeof newSet>>;

/** A backup of that day that ended so, of those resources. */
async function pastJob(
  { backupSetId }: BackupSet,
  number: number,
  resources: readonly ResourceId[],
  state: JobState = 'completed',
) {
  const jobs = new PostgresJobs(database());
  const jobId = parseJobId(randomUUID());
  await jobs.open(ours, {
    jobId,
    kind: 'backup',
    backupSetId,
    vaultId,
    timeZone: 'UTC',
    fullCheck: false,
    dryRun: false,
  });
  await jobs.addTasks(ours, jobId, resources);
  await database().inTenant(ours, (tx) =>
    tx
      .updateTable('jobs')
      .set({ state, is_open: false, started_at: new Date(day(number)) })
      .where('job_id', '=', jobId)
      .execute(),
  );
  return jobId;
}

const endTasks = (jobId: JobId, state: TaskState, snapshot_id = '1'.repeat(64)) =>
  database().inTenant(ours, (tx) =>
    tx.updateTable('tasks').set({ state, snapshot_id }).where('job_id', '=', jobId).execute(),
  );

describe('PostgresRetentionPast', () => {
  it('names the jobs that ended with their resources, and what the set keeps', async () => {
    const set = await newSet();
    await pastJob(set, 2, [ann]);
    await pastJob(set, 1, [ann], 'completed-with-errors');
    await pastJob(set, 3, [ann], 'failed');
    await pastJob(set, 4, [ann], 'stopped');
    const job = await pastJob(set, 5, [ann], 'running');
    const past = new PostgresRetentionPast(database());
    const terms = await past.terms(ours, set.backupSetId, job);
    expect(terms).toMatchObject({
      policy: { days: 7 },
      timeZone: 'Europe/Vienna',
      dryRun: false,
      jobs: [day(1), day(2)],
    });
    await expect(past.terms(theirs, set.backupSetId, job)).rejects.toThrow('There is no backup set');
  });

  it('says when a resource left: with the first ended job after the last that had it', async () => {
    const set = await newSet();
    await pastJob(set, 1, [ann, bob]);
    await pastJob(set, 2, [ann], 'failed');
    await pastJob(set, 3, [ann]);
    await pastJob(set, 4, [ann]);
    const past = new PostgresRetentionPast(database());
    expect(await past.left(ours, set.backupSetId, [ann, bob])).toEqual(new Map([[bob, day(3)]]));
    await pastJob(set, 5, [ann, bob], 'running');
    expect(await past.left(ours, set.backupSetId, [ann, bob])).toEqual(new Map());
  });

  it('does not count as left what jobs leave out for want of a licence, until the account has gone', async () => {
    const set = await newSet();
    const past = new PostgresRetentionPast(database());
    await pastJob(set, 1, [ann, bob]);
    for (const number of [2, 3]) {
      const jobId = await pastJob(set, number, [ann]);
      await past.noteUnlicensed(ours, set.backupSetId, jobId, [bob, parseResourceId('mail.never')]);
    }
    expect(await past.left(ours, set.backupSetId, [ann, bob])).toEqual(new Map());
    await pastJob(set, 4, [ann]);
    expect(await past.left(ours, set.backupSetId, [ann, bob])).toEqual(new Map([[bob, day(4)]]));
    const noted = await database().inTenant(ours, (tx) =>
      tx.selectFrom('unlicensed_resources').select('resource_id').execute(),
    );
    expect(noted).toEqual([{ resource_id: bob }]);
  });

  it('says when a resource was read whole last: by a task that ended with nothing owed', async () => {
    const set = await newSet();
    await endTasks(await pastJob(set, 1, [ann, bob]), 'completed');
    await endTasks(await pastJob(set, 2, [ann]), 'completed-with-warnings');
    for (const [number, state] of [
      [3, 'incomplete'],
      [4, 'failed'],
      [5, 'stopped'],
    ] as const)
      await endTasks(await pastJob(set, number, [ann, bob], 'completed-with-errors'), state);
    const past = new PostgresRetentionPast(database());
    const whole = new Map([
      [ann, day(2)],
      [bob, day(1)],
    ]);
    expect(await past.whole(ours, set.backupSetId, [ann, bob])).toEqual(whole);
    expect(await past.whole(theirs, set.backupSetId, [ann, bob])).toEqual(new Map());
    expect(await past.whole(ours, (await newSet()).backupSetId, [ann, bob])).toEqual(new Map());
  });

  it('does not count a day as read whole on which the mailbox was not there', async () => {
    const set = await newSet();
    await endTasks(await pastJob(set, 1, [ann]), 'completed');
    await endTasks(await pastJob(set, 2, [ann], 'completed-with-errors'), 'incomplete');
    await endTasks(await pastJob(set, 20, [ann], 'completed-with-warnings'), 'completed-with-warnings', '');
    const past = new PostgresRetentionPast(database());
    expect(await past.whole(ours, set.backupSetId, [ann])).toEqual(new Map([[ann, day(1)]]));
  });

  it('starts one retention of a set at a time, of its vault', async () => {
    const set = await newSet();
    const jobs = new PostgresJobs(database());
    const start = new StartHousekeeping(new PostgresBackupSets(database()), jobs);
    const job = await start.run(ours, set.backupSetId, { kind: 'retention', dryRun: true });
    expect(job).toMatchObject({ kind: 'retention', state: 'running', dryRun: true, tasksTotal: 1 });
    const { rows } = await jobs.listTasks(ours, job.jobId, { size: 10 });
    expect(rows.map(({ resourceId }) => resourceId)).toEqual([vaultResource(vaultId)]);
    await expect(start.run(ours, set.backupSetId, { kind: 'retention', dryRun: false })).rejects.toThrow('is running');
    expect((await new PostgresBackupSets(database()).get(ours, set.backupSetId)).lastJob).toBeUndefined();
  });
});
