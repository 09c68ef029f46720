import { parseResourceId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { again, ended, ours, progress, useTasksWorld } from './tasks-world.suite.js';

const inbox = parseResourceId('mail.u1');
const files = parseResourceId('drive.u1');
const LONG_MS = 60_000;

const world = useTasksWorld();

describe('tasks of a job that is stopped', () => {
  it('tells of each task that ends because its job was stopped, as of every other end', async () => {
    const {
      jobId,
      tasks: [held],
    } = await world().runningJob([inbox, files]);
    const lease = await world().tasks.lease(ours, held!.taskId, 'a', LONG_MS);
    await world().jobs.requestStop(ours, jobId);
    await world().tasks.putBack(ours, { taskId: held!.taskId, epoch: lease!.task.epoch }, again('STOPPED', 0));
    expect(await world().jobs.get(ours, jobId)).toMatchObject({ state: 'stopped', tasksTotal: 2, tasksFinished: 2 });
    const told = await world().outbox('task.finished.v1');
    expect(told.map(({ payload }) => payload)).toMatchObject([{ outcome: 'stopped' }, { outcome: 'stopped' }]);
  });

  it('ends a job that is stopped while the worker of its last task is lost, though no other worker comes', async () => {
    const { jobId, tasks: of } = await world().runningJob([inbox]);
    await world().tasks.lease(ours, of[0]!.taskId, 'lost', 0);
    await world().jobs.requestStop(ours, jobId);
    // Nobody is there to lease it again only to be told to stop.
    for (const { tenantId, taskId } of await world().tasks.lapsedAndStopped(500))
      await world().tasks.stopLapsed(tenantId, taskId);
    expect((await world().jobs.get(ours, jobId)).state).toBe('stopped');
    expect((await world().outbox('task.finished.v1')).map(({ payload }) => payload)).toMatchObject([
      { outcome: 'stopped' },
    ]);
    expect(await world().tasks.lapsedAndStopped(500)).toEqual([]);
  });

  it('refuses whoever held what was ended for it, when it wakes up', async () => {
    const { jobId, tasks: of } = await world().runningJob([inbox]);
    const { taskId } = of[0]!;
    const { epoch } = (await world().tasks.lease(ours, taskId, 'asleep', 0))!.task;
    await world().jobs.requestStop(ours, jobId);
    await world().tasks.stopLapsed(ours, taskId);
    const late = { taskId, epoch };
    const refused = { code: 'GRANT_REFUSED' };
    await expect(world().tasks.renew(ours, late, progress, LONG_MS)).rejects.toMatchObject(refused);
    await expect(world().tasks.saveCheckpoint(ours, late, Buffer.of(1))).rejects.toMatchObject(refused);
    await expect(world().tasks.finish(ours, late, ended('completed', 's1'))).rejects.toMatchObject(refused);
    await expect(world().tasks.putBack(ours, late, again('STOPPED', 0))).rejects.toMatchObject(refused);
    expect(await world().tasks.get(ours, taskId)).toMatchObject({ state: 'stopped' });
    expect(await world().outbox('task.finished.v1')).toHaveLength(1);
  });

  it('ends no task of a job that runs, nor one whose worker is there to be told to stop', async () => {
    const running = await world().runningJob([inbox]);
    await world().tasks.lease(ours, running.tasks[0]!.taskId, 'lost', 0);
    const stopping = await world().runningJob([files]);
    await world().tasks.lease(ours, stopping.tasks[0]!.taskId, 'there', LONG_MS);
    await world().jobs.requestStop(ours, stopping.jobId);
    expect(await world().tasks.lapsedAndStopped(500)).toEqual([]);
    for (const { taskId } of [running.tasks[0]!, stopping.tasks[0]!]) {
      await world().tasks.stopLapsed(ours, taskId);
      expect(await world().tasks.get(ours, taskId)).toMatchObject({ state: 'leased' });
    }
  });
});
