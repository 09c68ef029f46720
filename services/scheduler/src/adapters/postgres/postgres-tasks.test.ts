import { emptyTaskReport } from '@holdfast/contracts';
import {
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  SystemClock,
  type ResourceId,
} from '@holdfast/kernel';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import type { Progress } from '../../app/jobs.port.js';
import type { JobKind } from '../../domain/job-kind.js';
import type { NextAttempt, TaskEnd } from '../../app/tasks.port.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresJobs } from './postgres-jobs.js';
import { MAX_LAPSES } from '../../domain/retry.js';
import { PostgresTasks } from './postgres-tasks.js';
import { openSchedulerDatabase, type SchedulerTables } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const inbox = parseResourceId('mail.u1');
const files = parseResourceId('drive.u1');
const progress: Progress = { itemsDone: 3, itemsExpected: 9, bytesDone: 70, requests: 4, throttled: 0, requestMs: 9 };
const LONG_MS = 60_000;

let server: TestPostgres;
let database: SchedulerTables;
let sets: PostgresBackupSets;
let jobs: PostgresJobs;
let tasks: PostgresTasks;

beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  database = await openSchedulerDatabase(server);
  sets = new PostgresBackupSets(database);
  jobs = new PostgresJobs(database);
  tasks = new PostgresTasks(database, new SystemClock());
});
afterEach(() => database.close());

async function runningJob(resources: readonly ResourceId[], kind: JobKind = 'backup') {
  const set = await sets.create(ours, {
    displayName: 'All',
    vaultId,
    timeZone: 'UTC',
    retention: {},
    retentionRuns: 'on-request',
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
  });
  const jobId = parseJobId(randomUUID());
  const owner = kind === 'backup' ? { backupSetId: set.backupSetId } : { planId: randomUUID() };
  await jobs.open(ours, { jobId, kind, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false, ...owner });
  await jobs.addTasks(ours, jobId, resources);
  await jobs.close(ours, jobId, []);
  const { rows } = await jobs.listTasks(ours, jobId, { size: 50 });
  return { set, jobId, tasks: rows };
}

const ended = (outcome: TaskEnd['outcome'], snapshotId = ''): TaskEnd => ({
  outcome,
  progress,
  report: emptyTaskReport,
  snapshotId,
  errorCode: '',
  errorMessage: '',
});

const again = (code: string, afterMs: number, freshStarts = 0): NextAttempt => ({
  code,
  afterMs,
  freshStarts,
  message: 'm',
});

const outbox = (name: string) =>
  database.inTenant(ours, async (tx) => {
    const rows = await (tx as unknown as typeof tx & { selectFrom(table: 'outbox'): ReturnType<typeof tx.selectFrom> })
      .selectFrom('outbox')
      .selectAll()
      .execute();
    return (rows as unknown as { event: string; payload: object }[]).filter(({ event }) => event === name);
  });

describe('PostgresTasks', () => {
  it('tells of each task that ends because its job was stopped, as of every other end', async () => {
    const {
      jobId,
      tasks: [held],
    } = await runningJob([inbox, files]);
    const lease = await tasks.lease(ours, held!.taskId, 'a', LONG_MS);
    await jobs.requestStop(ours, jobId);
    await tasks.putBack(ours, { taskId: held!.taskId, epoch: lease!.task.epoch }, again('STOPPED', 0));
    expect(await jobs.get(ours, jobId)).toMatchObject({ state: 'stopped', tasksTotal: 2, tasksFinished: 2 });
    const told = await outbox('task.finished.v1');
    expect(told.map(({ payload }) => payload)).toMatchObject([{ outcome: 'stopped' }, { outcome: 'stopped' }]);
  });

  it('leases a task to one holder at a time, each time under a higher epoch', async () => {
    const {
      tasks: [task],
    } = await runningJob([inbox]);
    const first = await tasks.lease(ours, task!.taskId, 'a', 0);
    expect(first).toMatchObject({ lane: 'first-full', task: { resourceId: inbox, attempts: 1 } });
    const second = await tasks.lease(ours, task!.taskId, 'b', LONG_MS);
    expect(second!.task.epoch).toBeGreaterThan(first!.task.epoch);
    expect(await tasks.lease(ours, task!.taskId, 'c', LONG_MS)).toBeUndefined();
  });

  it('refuses everything to a holder whose task was taken over', async () => {
    const {
      tasks: [task],
    } = await runningJob([inbox]);
    const late = { taskId: task!.taskId, epoch: (await tasks.lease(ours, task!.taskId, 'a', 0))!.task.epoch };
    await tasks.lease(ours, task!.taskId, 'b', LONG_MS);
    const refused = expect.objectContaining({ code: 'GRANT_REFUSED' });
    await expect(tasks.renew(ours, late, progress, LONG_MS)).rejects.toEqual(refused);
    await expect(tasks.saveCheckpoint(ours, late, Buffer.of(1))).rejects.toEqual(refused);
    await expect(tasks.finish(ours, late, ended('completed'))).rejects.toEqual(refused);
    await expect(tasks.putBack(ours, late, again('X', 0))).rejects.toEqual(refused);
  });

  it('lets one restore at a time into a mailbox, and rings for the next when it ends', async () => {
    const [first, second] = [await runningJob([inbox, files], 'restore'), await runningJob([inbox], 'restore')];
    const [one, two] = [first, second].map((of) => of.tasks.find(({ resourceId }) => resourceId === inbox)!.taskId);
    const leased = await tasks.lease(ours, one!, 'a', LONG_MS);
    expect(await tasks.lease(ours, two!, 'b', LONG_MS)).toBeUndefined();
    // What waits for the mailbox keeps nobody from the drive.
    expect((await tasks.leaseNext('restore', [], 'b', LONG_MS))!.task.resourceId).toBe(files);
    expect(await tasks.leaseNext('restore', [], 'b', LONG_MS)).toBeUndefined();
    const rung = async () => (await outbox('restore.ready.v1')).length;
    const before = await rung();
    await tasks.finish(ours, { taskId: one!, epoch: leased!.task.epoch }, ended('completed'));
    expect(await rung()).toBe(before + 1);
    expect(await tasks.leaseNext('restore', [], 'b', LONG_MS)).toMatchObject({ task: { taskId: two } });
  });

  it('lets one of two restores into a mailbox that ask at the same moment', async () => {
    const other = new PostgresTasks(database, new SystemClock());
    for (let turn = 0; turn < 10; turn += 1) {
      const resource = parseResourceId(`mail.same${turn}`);
      const [one, two] = [await runningJob([resource], 'restore'), await runningJob([resource], 'restore')];
      const leases = await Promise.all([
        tasks.lease(ours, one.tasks[0]!.taskId, 'a', LONG_MS),
        other.lease(ours, two.tasks[0]!.taskId, 'b', LONG_MS),
      ]);
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
    }
  });

  it('lets the next restore into a mailbox whose holder is lost, and renews no lease beside it', async () => {
    const [one, two] = [await runningJob([inbox], 'restore'), await runningJob([inbox], 'restore')];
    const lost = (await tasks.lease(ours, one.tasks[0]!.taskId, 'a', 0))!.task;
    const next = (await tasks.lease(ours, two.tasks[0]!.taskId, 'b', LONG_MS))!.task;
    await expect(tasks.renew(ours, lost, progress, LONG_MS)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    await tasks.putBack(ours, next, again('X', LONG_MS));
    await expect(tasks.renew(ours, lost, progress, LONG_MS)).resolves.toMatchObject({ isStopRequested: false });
  });

  it('shows and gives nothing to another tenant', async () => {
    const {
      tasks: [task],
      jobId,
    } = await runningJob([inbox]);
    expect(await tasks.lease(theirs, task!.taskId, 'a', LONG_MS)).toBeUndefined();
    await expect(jobs.get(theirs, jobId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await jobs.list(theirs, undefined, { size: 10 })).rows).toEqual([]);
  });

  it('hands the checkpoint of one holder to the next', async () => {
    const {
      tasks: [task],
    } = await runningJob([inbox]);
    const first = await tasks.lease(ours, task!.taskId, 'a', 0);
    await tasks.saveCheckpoint(ours, { taskId: task!.taskId, epoch: first!.task.epoch }, Buffer.from('so far'));
    const second = await tasks.lease(ours, task!.taskId, 'b', LONG_MS);
    expect(Buffer.from(second!.checkpoint).toString()).toBe('so far');
  });

  it('ends the job with its last task, tells of both once, and takes the same end again', async () => {
    const {
      tasks: [one, other],
      jobId,
    } = await runningJob([inbox, files]);
    for (const task of [one!, other!]) {
      const { epoch } = (await tasks.lease(ours, task.taskId, 'a', LONG_MS))!.task;
      const end = ended(task === one ? 'completed' : 'incomplete', 'snap');
      await tasks.finish(ours, { taskId: task.taskId, epoch }, end);
      await tasks.finish(ours, { taskId: task.taskId, epoch }, end);
    }
    expect(await jobs.get(ours, jobId)).toMatchObject({ state: 'completed-with-errors', tasksFinished: 2 });
    expect(await outbox('task.finished.v1')).toHaveLength(2);
  });

  it('puts a failed task back for later, and rings for it when its time has come', async () => {
    const {
      tasks: [task],
    } = await runningJob([inbox]);
    const { epoch } = (await tasks.lease(ours, task!.taskId, 'a', LONG_MS))!.task;
    await tasks.putBack(ours, { taskId: task!.taskId, epoch }, again('GRAPH_UNAVAILABLE', LONG_MS));
    expect(await tasks.lease(ours, task!.taskId, 'b', LONG_MS)).toBeUndefined();
    expect(await tasks.ringAgain(10)).toBe(0);
    const later = (await tasks.get(ours, task!.taskId)).epoch;
    await expect(tasks.putBack(ours, { taskId: task!.taskId, epoch: later }, again('X', 0))).rejects.toMatchObject({
      code: 'GRANT_REFUSED',
    });
  });

  it('counts attempts anew where a task moved forward, and fresh starts for ever', async () => {
    const {
      tasks: [task],
    } = await runningJob([inbox]);
    const { taskId } = task!;
    const lease = async () => (await tasks.lease(ours, taskId, 'a', LONG_MS))!;
    const { epoch } = (await lease()).task;
    await tasks.putBack(ours, { taskId, epoch }, again('STORE_UNAVAILABLE', 0));
    const second = await lease();
    expect(second.task).toMatchObject({ attempts: 2, freshStarts: 0 });
    await tasks.saveCheckpoint(ours, { taskId, epoch: second.task.epoch }, Buffer.of(1));
    expect(await tasks.get(ours, taskId)).toMatchObject({ attempts: 1 });
    await tasks.putBack(ours, { taskId, epoch: second.task.epoch }, again('STORE_UNAVAILABLE', 0));
    const third = await lease();
    expect(third).toMatchObject({ task: { attempts: 2 }, checkpoint: Buffer.of(1) });
    await tasks.saveCheckpoint(ours, { taskId, epoch: third.task.epoch }, Buffer.alloc(0));
    await tasks.putBack(ours, { taskId, epoch: third.task.epoch }, again('PACKS_LOST', 0, 1));
    expect(await lease()).toMatchObject({ task: { attempts: 3, freshStarts: 1 }, checkpoint: Buffer.alloc(0) });
  });

  it('gives a task to nobody any more whose workers were lost again and again, until it moves forward', async () => {
    const {
      tasks: [task],
    } = await runningJob([inbox]);
    const { taskId } = task!;
    for (let lost = 0; lost <= MAX_LAPSES / 2; lost += 1) await tasks.lease(ours, taskId, 'a', 0);
    const { epoch } = (await tasks.lease(ours, taskId, 'a', 0))!.task;
    await tasks.saveCheckpoint(ours, { taskId, epoch }, Buffer.of(1));
    for (let lost = 0; lost < MAX_LAPSES; lost += 1) expect(await tasks.lease(ours, taskId, 'a', 0)).toBeDefined();
    expect(await tasks.lease(ours, taskId, 'a', 0)).toBeUndefined();
    const worn = await tasks.wornOut(10);
    expect(worn.map((it) => it.taskId)).toEqual([taskId]);
    await tasks.finish(ours, { taskId, epoch: worn[0]!.epoch }, ended('failed'));
    expect(await tasks.wornOut(10)).toEqual([]);
  });

  it('rings again for a lapsed lease', async () => {
    const {
      tasks: [task],
    } = await runningJob([inbox]);
    await tasks.lease(ours, task!.taskId, 'a', 0);
    await database.inTenant(ours, (tx) =>
      tx
        .updateTable('tasks')
        .set({ rung_at: new Date(0) })
        .execute(),
    );
    expect(await tasks.ringAgain(10)).toBe(1);
    expect(await tasks.ringAgain(10)).toBe(0);
  });

  it('ends a job that is stopped while the worker of its last task is lost, though no other worker comes', async () => {
    const { jobId, tasks: of } = await runningJob([inbox]);
    await tasks.lease(ours, of[0]!.taskId, 'lost', 0);
    await jobs.requestStop(ours, jobId);
    // Nobody is there to lease it again only to be told to stop.
    for (const { tenantId, taskId } of await tasks.lapsedAndStopped(500)) await tasks.stopLapsed(tenantId, taskId);
    expect((await jobs.get(ours, jobId)).state).toBe('stopped');
    expect((await outbox('task.finished.v1')).map(({ payload }) => payload)).toMatchObject([{ outcome: 'stopped' }]);
    expect(await tasks.lapsedAndStopped(500)).toEqual([]);
  });

  it('refuses whoever held what was ended for it, when it wakes up', async () => {
    const { jobId, tasks: of } = await runningJob([inbox]);
    const { taskId } = of[0]!;
    const { epoch } = (await tasks.lease(ours, taskId, 'asleep', 0))!.task;
    await jobs.requestStop(ours, jobId);
    await tasks.stopLapsed(ours, taskId);
    const late = { taskId, epoch };
    const refused = { code: 'GRANT_REFUSED' };
    await expect(tasks.renew(ours, late, progress, LONG_MS)).rejects.toMatchObject(refused);
    await expect(tasks.saveCheckpoint(ours, late, Buffer.of(1))).rejects.toMatchObject(refused);
    await expect(tasks.finish(ours, late, ended('completed', 's1'))).rejects.toMatchObject(refused);
    await expect(tasks.putBack(ours, late, again('STOPPED', 0))).rejects.toMatchObject(refused);
    expect(await tasks.get(ours, taskId)).toMatchObject({ state: 'stopped' });
    expect(await outbox('task.finished.v1')).toHaveLength(1);
  });

  it('ends no task of a job that runs, nor one whose worker is there to be told to stop', async () => {
    const running = await runningJob([inbox]);
    await tasks.lease(ours, running.tasks[0]!.taskId, 'lost', 0);
    const stopping = await runningJob([files]);
    await tasks.lease(ours, stopping.tasks[0]!.taskId, 'there', LONG_MS);
    await jobs.requestStop(ours, stopping.jobId);
    expect(await tasks.lapsedAndStopped(500)).toEqual([]);
    for (const { taskId } of [running.tasks[0]!, stopping.tasks[0]!]) {
      await tasks.stopLapsed(ours, taskId);
      expect(await tasks.get(ours, taskId)).toMatchObject({ state: 'leased' });
    }
  });

  it('piles up no bells of a task that waits for hours because every worker is busy', async () => {
    await runningJob([inbox]);
    const before = (await outbox('crawl.ready.v1')).length;
    // An hour of waiting, with a look every 16 seconds.
    for (let looks = 0; looks < 225; looks += 1) {
      await database.inTenant(ours, (tx) =>
        tx
          .updateTable('tasks')
          .set({
            rung_at: sql<Date>`rung_at - interval '16 seconds'`,
            not_before: sql<Date>`not_before - interval '16 seconds'`,
          })
          .execute(),
      );
      await tasks.ringAgain(500);
    }
    const bells = (await outbox('crawl.ready.v1')).length - before;
    expect(bells).toBeGreaterThan(2);
    expect(bells).toBeLessThan(10);
  }, 60_000);

  it('gives restores before first fulls', async () => {
    await runningJob([inbox]);
    const restore = await runningJob([files], 'restore');
    expect((await tasks.leaseNext('backup', [], 'a', LONG_MS))?.task.resourceId).toBe(inbox);
    expect((await tasks.leaseNext('restore', [], 'a', LONG_MS))?.task.jobId).toBe(restore.jobId);
    expect(await tasks.leaseNext('backup', [], 'a', LONG_MS)).toBeUndefined();
  });

  it('calls a resource with a snapshot an increment', async () => {
    const first = await runningJob([inbox]);
    const { epoch } = (await tasks.lease(ours, first.tasks[0]!.taskId, 'a', LONG_MS))!.task;
    await tasks.finish(ours, { taskId: first.tasks[0]!.taskId, epoch }, ended('completed', 'snap'));
    const jobId = parseJobId(randomUUID());
    await jobs.open(ours, {
      jobId,
      kind: 'backup',
      backupSetId: first.set.backupSetId,
      vaultId,
      timeZone: 'UTC',
      fullCheck: false,
      dryRun: false,
    });
    await jobs.addTasks(ours, jobId, [inbox, files]);
    const { rows } = await jobs.listTasks(ours, jobId, { size: 10 });
    const lanes = await Promise.all(
      rows.map(async (task) => (await tasks.lease(ours, task.taskId, 'a', LONG_MS))!.lane),
    );
    expect(lanes).toEqual(['first-full', 'increment']);
  });
});

describe('PostgresJobs', () => {
  it('runs one job of a set at a time', async () => {
    const { set } = await runningJob([inbox]);
    const second = { jobId: parseJobId(randomUUID()), kind: 'backup', backupSetId: set.backupSetId } as const;
    const opening = jobs.open(ours, { ...second, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false });
    await expect(opening).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await expect(sets.delete(ours, set.backupSetId)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('stops what waits at once and what runs when it renews', async () => {
    const {
      tasks: [one, other],
      jobId,
    } = await runningJob([inbox, files]);
    const { epoch } = (await tasks.lease(ours, one!.taskId, 'a', LONG_MS))!.task;
    expect(await jobs.requestStop(ours, jobId)).toMatchObject({ state: 'stopping', tasksFinished: 1 });
    expect(await tasks.lease(ours, other!.taskId, 'b', LONG_MS)).toBeUndefined();
    const renewed = await tasks.renew(ours, { taskId: one!.taskId, epoch }, progress, LONG_MS);
    expect(renewed.isStopRequested).toBe(true);
    await tasks.finish(ours, { taskId: one!.taskId, epoch }, ended('stopped'));
    expect(await jobs.get(ours, jobId)).toMatchObject({ state: 'stopped', tasksFinished: 2 });
  });

  it('ends a job of nothing at once', async () => {
    const { jobId } = await runningJob([], 'restore');
    expect(await jobs.get(ours, jobId)).toMatchObject({ state: 'completed', tasksTotal: 0 });
  });

  it('pages through jobs, newest first', async () => {
    const all: string[] = [];
    for (let count = 0; count < 5; count += 1) all.unshift((await runningJob([inbox], 'restore')).jobId);
    const seen: string[] = [];
    for (let from: string | undefined, more = true; more;) {
      const { rows, next } = await jobs.list(ours, undefined, { size: 2, ...(from && { from }) });
      seen.push(...rows.map(({ jobId }) => jobId));
      from = next;
      more = next !== undefined;
    }
    expect(seen).toEqual(all);
    await expect(jobs.list(ours, undefined, { size: 2, from: 'made up' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('PostgresBackupSets', () => {
  it('refuses a change of something that changed since it was read', async () => {
    const { set } = await runningJob([inbox], 'restore');
    const changed = await sets.update(ours, set.backupSetId, set.version, { ...set, displayName: 'Mail' });
    expect(changed).toMatchObject({ displayName: 'Mail', version: 2 });
    await expect(sets.update(ours, set.backupSetId, set.version, set)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(sets.get(theirs, set.backupSetId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
