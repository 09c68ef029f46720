import { emptyTaskReport } from '@holdfast/contracts';
import { parseJobId, parseResourceId, parseTenantId, parseVaultId, SystemClock } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { FailTask } from '../../app/fail-task.js';
import { StartRestore, type RestoreOrder } from '../../app/start-restore.js';
import type { TaskEnd } from '../../app/tasks.port.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresTasks } from './postgres-tasks.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const database = useSchedulerDatabase();

/** A plan's order, started, and what tells how its task goes. */
async function started() {
  const jobs = new PostgresJobs(database());
  const tasks = new PostgresTasks(database(), new SystemClock());
  const target = parseResourceId(`mail.${randomUUID()}`);
  const order = { jobId: parseJobId(randomUUID()), planId: randomUUID(), vaultId, targets: [target] };
  const start = (of: RestoreOrder = order) => new StartRestore(jobs).run(ours, of);
  const taskOf = async (jobId = order.jobId) => (await jobs.listTasks(ours, jobId, { size: 10 })).rows[0]!;
  const lease = async (jobId = order.jobId) =>
    (await tasks.lease(ours, (await taskOf(jobId)).taskId, 'worker', 60_000))!.task;
  const finish = async (outcome: TaskEnd['outcome'], jobId = order.jobId) => {
    const { progress, ...task } = await lease(jobId);
    const nothing = { report: emptyTaskReport, snapshotId: '', errorCode: '', errorMessage: '' };
    await tasks.finish(ours, task, { outcome, progress, ...nothing });
  };
  const giveUp = async () => {
    const failure = { code: 'GRAPH_DENIED', message: 'A permission lacks.', canRetry: false, retryAfterMs: 0 };
    await new FailTask(tasks, jobs).run(ours, await lease(), failure);
  };
  expect((await start()).jobId).toBe(order.jobId);
  return { jobs, order, start, taskOf, lease, finish, giveUp };
}

describe('StartRestore', () => {
  it('goes on with a restore that was given up, when the command is run that its message names', async () => {
    const { order, start, taskOf, lease, giveUp } = await started();
    await giveUp();
    expect((await taskOf()).lastErrorMessage).toContain(`holdfast restore perform ${order.planId}`);
    const further = await start();
    expect(further).toMatchObject({ kind: 'restore', state: 'running', planId: order.planId, tasksTotal: 1 });
    expect(await lease(further.jobId)).toMatchObject({ resourceId: order.targets[0] });
  });

  it.each(['stopped', 'incomplete'] as const)('goes on with a restore whose task ended as %s', async (outcome) => {
    const { order, start, finish } = await started();
    await finish(outcome);
    expect((await start()).jobId).not.toBe(order.jobId);
  });

  it('starts one further job however often it is asked, by whoever knows an older job', async () => {
    const { jobs, order, start, giveUp, finish } = await started();
    await giveUp();
    const { jobId } = await start();
    expect((await start()).jobId).toBe(jobId);
    expect((await start({ ...order, jobId })).jobId).toBe(jobId);
    await finish('stopped', jobId);
    const third = await start({ ...order, jobId });
    expect([order.jobId, jobId]).not.toContain(third.jobId);
    expect((await start()).jobId).toBe(third.jobId);
    const all = await jobs.list(ours, undefined, { size: 100 });
    expect(all.rows.filter(({ planId }) => planId === order.planId)).toHaveLength(3);
  });

  it('answers the job that runs, and the one that has ended well', async () => {
    const { order, start, finish } = await started();
    expect(await start()).toMatchObject({ jobId: order.jobId, state: 'running', tasksTotal: 1 });
    await finish('completed');
    expect(await start()).toMatchObject({ jobId: order.jobId, state: 'completed', tasksTotal: 1 });
  });
});
