import { parseJobId, parseResourceId, parseTenantId, SystemClock } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { MAX_LAPSES } from '../../domain/retry.js';
import { PostgresTasks } from './postgres-tasks.js';
import { again, ended, ours, progress, useTasksWorld, vaultId } from './tasks-world.suite.js';

const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const inbox = parseResourceId('mail.u1');
const files = parseResourceId('drive.u1');
const LONG_MS = 60_000;

const world = useTasksWorld();

describe('PostgresTasks', () => {
  it('leases a task to one holder at a time, each time under a higher epoch', async () => {
    const {
      tasks: [task],
    } = await world().runningJob([inbox]);
    const first = await world().tasks.lease(ours, task!.taskId, 'a', 0);
    expect(first).toMatchObject({ lane: 'first-full', task: { resourceId: inbox, attempts: 1 } });
    const second = await world().tasks.lease(ours, task!.taskId, 'b', LONG_MS);
    expect(second!.task.epoch).toBeGreaterThan(first!.task.epoch);
    expect(await world().tasks.lease(ours, task!.taskId, 'c', LONG_MS)).toBeUndefined();
  });

  it('refuses everything to a holder whose task was taken over', async () => {
    const {
      tasks: [task],
    } = await world().runningJob([inbox]);
    const late = { taskId: task!.taskId, epoch: (await world().tasks.lease(ours, task!.taskId, 'a', 0))!.task.epoch };
    await world().tasks.lease(ours, task!.taskId, 'b', LONG_MS);
    const refused = expect.objectContaining({ code: 'GRANT_REFUSED' });
    await expect(world().tasks.renew(ours, late, progress, LONG_MS)).rejects.toEqual(refused);
    await expect(world().tasks.saveCheckpoint(ours, late, Buffer.of(1))).rejects.toEqual(refused);
    await expect(world().tasks.finish(ours, late, ended('completed'))).rejects.toEqual(refused);
    await expect(world().tasks.putBack(ours, late, again('X', 0))).rejects.toEqual(refused);
  });

  it('lets one restore at a time into a mailbox, and rings for the next when it ends', async () => {
    const [first, second] = [
      await world().runningJob([inbox, files], 'restore'),
      await world().runningJob([inbox], 'restore'),
    ];
    const [one, two] = [first, second].map((of) => of.tasks.find(({ resourceId }) => resourceId === inbox)!.taskId);
    const leased = await world().tasks.lease(ours, one!, 'a', LONG_MS);
    expect(await world().tasks.lease(ours, two!, 'b', LONG_MS)).toBeUndefined();
    // What waits for the mailbox keeps nobody from the drive.
    expect((await world().tasks.leaseNext('restore', [], 'b', LONG_MS))!.task.resourceId).toBe(files);
    expect(await world().tasks.leaseNext('restore', [], 'b', LONG_MS)).toBeUndefined();
    const rung = async () => (await world().outbox('restore.ready.v1')).length;
    const before = await rung();
    await world().tasks.finish(ours, { taskId: one!, epoch: leased!.task.epoch }, ended('completed'));
    expect(await rung()).toBe(before + 1);
    expect(await world().tasks.leaseNext('restore', [], 'b', LONG_MS)).toMatchObject({ task: { taskId: two } });
  });

  it('lets one of two restores into a mailbox that ask at the same moment', async () => {
    const other = new PostgresTasks(world().database, new SystemClock());
    for (let turn = 0; turn < 10; turn += 1) {
      const resource = parseResourceId(`mail.same${turn}`);
      const [one, two] = [
        await world().runningJob([resource], 'restore'),
        await world().runningJob([resource], 'restore'),
      ];
      const leases = await Promise.all([
        world().tasks.lease(ours, one.tasks[0]!.taskId, 'a', LONG_MS),
        other.lease(ours, two.tasks[0]!.taskId, 'b', LONG_MS),
      ]);
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
    }
  });

  it('lets the next restore into a mailbox whose holder is lost, and renews no lease beside it', async () => {
    const [one, two] = [await world().runningJob([inbox], 'restore'), await world().runningJob([inbox], 'restore')];
    const lost = (await world().tasks.lease(ours, one.tasks[0]!.taskId, 'a', 0))!.task;
    const next = (await world().tasks.lease(ours, two.tasks[0]!.taskId, 'b', LONG_MS))!.task;
    await expect(world().tasks.renew(ours, lost, progress, LONG_MS)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    await world().tasks.putBack(ours, next, again('X', LONG_MS));
    await expect(world().tasks.renew(ours, lost, progress, LONG_MS)).resolves.toMatchObject({ isStopRequested: false });
  });

  it('shows and gives nothing to another tenant', async () => {
    const {
      tasks: [task],
      jobId,
    } = await world().runningJob([inbox]);
    expect(await world().tasks.lease(theirs, task!.taskId, 'a', LONG_MS)).toBeUndefined();
    await expect(world().jobs.get(theirs, jobId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await world().jobs.list(theirs, undefined, { size: 10 })).rows).toEqual([]);
  });

  it('hands the checkpoint of one holder to the next', async () => {
    const {
      tasks: [task],
    } = await world().runningJob([inbox]);
    const first = await world().tasks.lease(ours, task!.taskId, 'a', 0);
    await world().tasks.saveCheckpoint(ours, { taskId: task!.taskId, epoch: first!.task.epoch }, Buffer.from('so far'));
    const second = await world().tasks.lease(ours, task!.taskId, 'b', LONG_MS);
    expect(Buffer.from(second!.checkpoint).toString()).toBe('so far');
  });

  it('ends the job with its last task, tells of both once, and takes the same end again', async () => {
    const {
      tasks: [one, other],
      jobId,
    } = await world().runningJob([inbox, files]);
    for (const task of [one!, other!]) {
      const { epoch } = (await world().tasks.lease(ours, task.taskId, 'a', LONG_MS))!.task;
      const end = ended(task === one ? 'completed' : 'incomplete', 'snap');
      await world().tasks.finish(ours, { taskId: task.taskId, epoch }, end);
      await world().tasks.finish(ours, { taskId: task.taskId, epoch }, end);
    }
    expect(await world().jobs.get(ours, jobId)).toMatchObject({ state: 'completed-with-errors', tasksFinished: 2 });
    expect(await world().outbox('task.finished.v1')).toHaveLength(2);
  });

  it('puts a failed task back for later, and rings for it when its time has come', async () => {
    const {
      tasks: [task],
    } = await world().runningJob([inbox]);
    const { epoch } = (await world().tasks.lease(ours, task!.taskId, 'a', LONG_MS))!.task;
    await world().tasks.putBack(ours, { taskId: task!.taskId, epoch }, again('GRAPH_UNAVAILABLE', LONG_MS));
    expect(await world().tasks.lease(ours, task!.taskId, 'b', LONG_MS)).toBeUndefined();
    expect(await world().tasks.ringAgain(10)).toBe(0);
    const later = (await world().tasks.get(ours, task!.taskId)).epoch;
    await expect(
      world().tasks.putBack(ours, { taskId: task!.taskId, epoch: later }, again('X', 0)),
    ).rejects.toMatchObject({
      code: 'GRANT_REFUSED',
    });
  });

  it('counts attempts anew where a task moved forward, and fresh starts for ever', async () => {
    const {
      tasks: [task],
    } = await world().runningJob([inbox]);
    const { taskId } = task!;
    const lease = async () => (await world().tasks.lease(ours, taskId, 'a', LONG_MS))!;
    const { epoch } = (await lease()).task;
    await world().tasks.putBack(ours, { taskId, epoch }, again('STORE_UNAVAILABLE', 0));
    const second = await lease();
    expect(second.task).toMatchObject({ attempts: 2, freshStarts: 0 });
    await world().tasks.saveCheckpoint(ours, { taskId, epoch: second.task.epoch }, Buffer.of(1));
    expect(await world().tasks.get(ours, taskId)).toMatchObject({ attempts: 1 });
    await world().tasks.putBack(ours, { taskId, epoch: second.task.epoch }, again('STORE_UNAVAILABLE', 0));
    const third = await lease();
    expect(third).toMatchObject({ task: { attempts: 2 }, checkpoint: Buffer.of(1) });
    await world().tasks.saveCheckpoint(ours, { taskId, epoch: third.task.epoch }, Buffer.alloc(0));
    await world().tasks.putBack(ours, { taskId, epoch: third.task.epoch }, again('PACKS_LOST', 0, 1));
    expect(await lease()).toMatchObject({ task: { attempts: 3, freshStarts: 1 }, checkpoint: Buffer.alloc(0) });
  });

  it('gives a task to nobody any more whose workers were lost again and again, until it moves forward', async () => {
    const {
      tasks: [task],
    } = await world().runningJob([inbox]);
    const { taskId } = task!;
    for (let lost = 0; lost <= MAX_LAPSES / 2; lost += 1) await world().tasks.lease(ours, taskId, 'a', 0);
    const { epoch } = (await world().tasks.lease(ours, taskId, 'a', 0))!.task;
    await world().tasks.saveCheckpoint(ours, { taskId, epoch }, Buffer.of(1));
    for (let lost = 0; lost < MAX_LAPSES; lost += 1)
      expect(await world().tasks.lease(ours, taskId, 'a', 0)).toBeDefined();
    expect(await world().tasks.lease(ours, taskId, 'a', 0)).toBeUndefined();
    const worn = await world().tasks.wornOut(10);
    expect(worn.map((it) => it.taskId)).toEqual([taskId]);
    await world().tasks.finish(ours, { taskId, epoch: worn[0]!.epoch }, ended('failed'));
    expect(await world().tasks.wornOut(10)).toEqual([]);
  });

  it('rings again for a lapsed lease', async () => {
    const {
      tasks: [task],
    } = await world().runningJob([inbox]);
    await world().tasks.lease(ours, task!.taskId, 'a', 0);
    await world().database.inTenant(ours, (tx) =>
      tx
        .updateTable('tasks')
        .set({ rung_at: new Date(0) })
        .execute(),
    );
    expect(await world().tasks.ringAgain(10)).toBe(1);
    expect(await world().tasks.ringAgain(10)).toBe(0);
  });

  it('piles up no bells of a task that waits for hours because every worker is busy', async () => {
    await world().runningJob([inbox]);
    const before = (await world().outbox('crawl.ready.v1')).length;
    // An hour of waiting, with a look every 16 seconds.
    for (let looks = 0; looks < 225; looks += 1) {
      await world().database.inTenant(ours, (tx) =>
        tx
          .updateTable('tasks')
          .set({
            rung_at: sql<Date>`rung_at - interval '16 seconds'`,
            not_before: sql<Date>`not_before - interval '16 seconds'`,
          })
          .execute(),
      );
      await world().tasks.ringAgain(500);
    }
    const bells = (await world().outbox('crawl.ready.v1')).length - before;
    expect(bells).toBeGreaterThan(2);
    expect(bells).toBeLessThan(10);
  }, 60_000);

  it('gives restores before first fulls', async () => {
    await world().runningJob([inbox]);
    const restore = await world().runningJob([files], 'restore');
    expect((await world().tasks.leaseNext('backup', [], 'a', LONG_MS))?.task.resourceId).toBe(inbox);
    expect((await world().tasks.leaseNext('restore', [], 'a', LONG_MS))?.task.jobId).toBe(restore.jobId);
    expect(await world().tasks.leaseNext('backup', [], 'a', LONG_MS)).toBeUndefined();
  });

  it('calls a resource with a snapshot an increment', async () => {
    const first = await world().runningJob([inbox]);
    const { epoch } = (await world().tasks.lease(ours, first.tasks[0]!.taskId, 'a', LONG_MS))!.task;
    await world().tasks.finish(ours, { taskId: first.tasks[0]!.taskId, epoch }, ended('completed', 'snap'));
    const jobId = parseJobId(randomUUID());
    await world().jobs.open(ours, {
      jobId,
      kind: 'backup',
      backupSetId: first.set.backupSetId,
      vaultId,
      timeZone: 'UTC',
      fullCheck: false,
      dryRun: false,
    });
    await world().jobs.addTasks(ours, jobId, [inbox, files]);
    const { rows } = await world().jobs.listTasks(ours, jobId, { size: 10 });
    const lanes = await Promise.all(
      rows.map(async (task) => (await world().tasks.lease(ours, task.taskId, 'a', LONG_MS))!.lane),
    );
    expect(lanes).toEqual(['first-full', 'increment']);
  });
});

describe('PostgresJobs', () => {
  it('runs one job of a set at a time', async () => {
    const { set } = await world().runningJob([inbox]);
    const second = { jobId: parseJobId(randomUUID()), kind: 'backup', backupSetId: set.backupSetId } as const;
    const opening = world().jobs.open(ours, { ...second, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false });
    await expect(opening).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await expect(world().sets.delete(ours, set.backupSetId)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('stops what waits at once and what runs when it renews', async () => {
    const {
      tasks: [one, other],
      jobId,
    } = await world().runningJob([inbox, files]);
    const { epoch } = (await world().tasks.lease(ours, one!.taskId, 'a', LONG_MS))!.task;
    expect(await world().jobs.requestStop(ours, jobId)).toMatchObject({ state: 'stopping', tasksFinished: 1 });
    expect(await world().tasks.lease(ours, other!.taskId, 'b', LONG_MS)).toBeUndefined();
    const renewed = await world().tasks.renew(ours, { taskId: one!.taskId, epoch }, progress, LONG_MS);
    expect(renewed.isStopRequested).toBe(true);
    await world().tasks.finish(ours, { taskId: one!.taskId, epoch }, ended('stopped'));
    expect(await world().jobs.get(ours, jobId)).toMatchObject({ state: 'stopped', tasksFinished: 2 });
  });

  it('ends a job of nothing at once', async () => {
    const { jobId } = await world().runningJob([], 'restore');
    expect(await world().jobs.get(ours, jobId)).toMatchObject({ state: 'completed', tasksTotal: 0 });
  });

  it('pages through jobs, newest first', async () => {
    const all: string[] = [];
    for (let count = 0; count < 5; count += 1) all.unshift((await world().runningJob([inbox], 'restore')).jobId);
    const seen: string[] = [];
    for (let from: string | undefined, more = true; more;) {
      const { rows, next } = await world().jobs.list(ours, undefined, { size: 2, ...(from && { from }) });
      seen.push(...rows.map(({ jobId }) => jobId));
      from = next;
      more = next !== undefined;
    }
    expect(seen).toEqual(all);
    await expect(world().jobs.list(ours, undefined, { size: 2, from: 'made up' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('PostgresBackupSets', () => {
  it('refuses a change of something that changed since it was read', async () => {
    const { set } = await world().runningJob([inbox], 'restore');
    const changed = await world().sets.update(ours, set.backupSetId, set.version, { ...set, displayName: 'Mail' });
    expect(changed).toMatchObject({ displayName: 'Mail', version: 2 });
    await expect(world().sets.update(ours, set.backupSetId, set.version, set)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(world().sets.get(theirs, set.backupSetId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
