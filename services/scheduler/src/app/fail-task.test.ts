import { parseJobId, parseTaskId, parseTenantId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { MAX_ATTEMPTS, MAX_FRESH_STARTS } from '../domain/retry.js';
import { FailTask } from './fail-task.js';
import type { Job, Jobs, Task } from './jobs.port.js';
import type { NextAttempt, TaskEnd, Tasks } from './tasks.port.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const taskId = parseTaskId('eeeeeeee-0000-4000-8000-000000000000');
const jobId = parseJobId('dddddddd-0000-4000-8000-000000000000');
const set = 'cccccccc-0000-4000-8000-000000000000';

/** What becomes of a task of this kind and history. */
async function fail(task: Partial<Task>, code: string, canRetry = true): Promise<NextAttempt | TaskEnd> {
  const done: (NextAttempt | TaskEnd)[] = [];
  const present = { taskId, jobId, kind: 'backup', attempts: 1, freshStarts: 0, progress: {}, ...task } as Task;
  const tasks = {
    get: async () => present,
    putBack: async (...[, , next]: [unknown, unknown, NextAttempt]) => void done.push(next),
    finish: async (...[, , end]: [unknown, unknown, TaskEnd]) => void done.push(end),
  };
  const job = { kind: present.kind, ...(present.kind === 'backup' ? { backupSetId: set } : { planId: 'the-plan' }) };
  const jobs = { get: async () => job as Job };
  const verb = new FailTask(tasks as unknown as Tasks, jobs as unknown as Jobs);
  await verb.run(tenant, { taskId, epoch: 1 }, { code, message: 'It failed.', canRetry, retryAfterMs: 0 });
  return done[0]!;
}

describe('FailTask', () => {
  it('puts back what may yet succeed', async () => {
    expect(await fail({}, 'GRAPH_UNAVAILABLE')).toMatchObject({
      afterMs: 2_000,
      freshStarts: 0,
      message: 'It failed.',
    });
  });

  it('parks what was tried often enough with its reason, the attempts and the command that repeats it', async () => {
    expect(await fail({ attempts: MAX_ATTEMPTS }, 'GRAPH_UNAVAILABLE')).toMatchObject({
      outcome: 'failed',
      errorCode: 'GRAPH_UNAVAILABLE',
      errorMessage:
        `It failed. Given up after ${MAX_ATTEMPTS} attempts and 0 fresh starts. ` +
        `When the cause is gone, run it again: holdfast backup run ${set}`,
    });
    expect(await fail({ kind: 'restore' }, 'GRAPH_DENIED', false)).toMatchObject({
      errorMessage: 'It failed. When the cause is gone, run it again: holdfast restore perform the-plan',
    });
  });

  it('counts the fresh starts of a backup whose packs keep being lost, and ends them', async () => {
    expect(await fail({ freshStarts: 1 }, 'PACKS_LOST')).toMatchObject({ freshStarts: 2 });
    expect(await fail({ freshStarts: MAX_FRESH_STARTS }, 'PACKS_LOST')).toMatchObject({ outcome: 'failed' });
    expect(await fail({ kind: 'restore' }, 'PACKS_LOST')).toMatchObject({ freshStarts: 0 });
  });

  it('parks what lost worker after worker, under the epoch of the last', async () => {
    const ends: [unknown, unknown, TaskEnd][] = [];
    const worn = { tenantId: tenant, taskId, jobId, epoch: 7, kind: 'backup', attempts: 11, freshStarts: 0 } as Task;
    const tasks = { wornOut: async () => [worn], finish: async (...end: (typeof ends)[number]) => void ends.push(end) };
    const jobs = { get: async () => ({ kind: 'backup', backupSetId: set }) as unknown as Job };
    await new FailTask(tasks as unknown as Tasks, jobs as unknown as Jobs).parkWornOut(10);
    expect(ends).toEqual([
      [
        tenant,
        expect.objectContaining({ taskId, epoch: 7 }),
        expect.objectContaining({
          outcome: 'failed',
          errorCode: 'INTERNAL',
          errorMessage: expect.stringMatching(/was lost.*holdfast backup run/),
        }),
      ],
    ]);
  });
});
