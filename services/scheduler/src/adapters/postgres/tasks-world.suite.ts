import { emptyTaskReport } from '@holdfast/contracts';
import { parseJobId, parseTenantId, parseVaultId, SystemClock, type ResourceId } from '@holdfast/kernel';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Progress } from '../../app/jobs.port.js';
import type { NextAttempt, TaskEnd } from '../../app/tasks.port.js';
import type { JobKind } from '../../domain/job-kind.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresTasks } from './postgres-tasks.js';
import { openSchedulerDatabase, type SchedulerTables } from './test-database.suite.js';

export const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
export const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
export const progress: Progress = {
  itemsDone: 3,
  itemsExpected: 9,
  bytesDone: 70,
  requests: 4,
  throttled: 0,
  requestMs: 9,
};

export const ended = (outcome: TaskEnd['outcome'], snapshotId = ''): TaskEnd => ({
  outcome,
  progress,
  report: emptyTaskReport,
  snapshotId,
  errorCode: '',
  errorMessage: '',
});

export const again = (code: string, afterMs: number, freshStarts = 0): NextAttempt => ({
  code,
  afterMs,
  freshStarts,
  message: 'm',
});

/** Scheduler's tables, new for each test, and what works on them. */
export class TasksWorld {
  readonly sets: PostgresBackupSets;
  readonly jobs: PostgresJobs;
  readonly tasks: PostgresTasks;

  constructor(readonly database: SchedulerTables) {
    this.sets = new PostgresBackupSets(database);
    this.jobs = new PostgresJobs(database);
    this.tasks = new PostgresTasks(database, new SystemClock());
  }

  async runningJob(resources: readonly ResourceId[], kind: JobKind = 'backup') {
    const set = await this.sets.create(ours, {
      displayName: 'All',
      vaultId,
      timeZone: 'UTC',
      retention: {},
      retentionRuns: 'on-request',
      source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
    });
    const jobId = parseJobId(randomUUID());
    const owner = kind === 'backup' ? { backupSetId: set.backupSetId } : { planId: randomUUID() };
    await this.jobs.open(ours, { jobId, kind, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false, ...owner });
    await this.jobs.addTasks(ours, jobId, resources);
    await this.jobs.close(ours, jobId, []);
    const { rows } = await this.jobs.listTasks(ours, jobId, { size: 50 });
    return { set, jobId, tasks: rows };
  }

  outbox(name: string) {
    return this.database.inTenant(ours, async (tx) => {
      const rows = await (
        tx as unknown as typeof tx & { selectFrom(table: 'outbox'): ReturnType<typeof tx.selectFrom> }
      )
        .selectFrom('outbox')
        .selectAll()
        .execute();
      return (rows as unknown as { event: string; payload: object }[]).filter(({ event }) => event === name);
    });
  }
}

export function useTasksWorld(): () => TasksWorld {
  let server: TestPostgres;
  let world: TasksWorld;
  beforeAll(async () => {
    server = await startTestPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    world = new TasksWorld(await openSchedulerDatabase(server));
  });
  afterEach(() => world.database.close());
  return () => world;
}
