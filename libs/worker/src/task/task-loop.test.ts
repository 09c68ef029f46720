import { SystemClock } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { describe, expect, it } from '@jest/globals';
import type { Lease } from './task-desk.js';
import { TaskLoop } from './task-loop.js';

const never = new AbortController().signal;
const lease = (taskId: string) => ({ taskId }) as unknown as Lease;

function loop(waiting: Lease[], work: (lease: Lease, stop: AbortSignal) => Promise<void>, tasks = 2) {
  const leaseNext = async () => waiting.shift();
  return new TaskLoop({ tasks, lookMs: 5, leaseNext, work, clock: new SystemClock(), logger: new SilentLogger() });
}

describe('TaskLoop', () => {
  it('takes tasks that nobody rang for, so many at a time', async () => {
    let [running, most, done] = [0, 0, 0];
    const all = ['1', '2', '3', '4', '5'].map(lease);
    const tasks = loop([...all], async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      done += 1;
    });
    while (done < all.length) await new Promise((resolve) => setTimeout(resolve, 5));
    await tasks.close();
    expect(most).toBe(2);
  });

  it('lets a bell wait for room, and gives up where its subscription ends', async () => {
    let release: () => void = () => undefined;
    const tasks = loop([], () => new Promise((resolve) => (release = resolve)), 1);
    await tasks.answer(async () => lease('1'), never);
    const asked: string[] = [];
    const second = tasks.answer(async () => (asked.push('2'), undefined), never);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toEqual([]);
    await expect(tasks.answer(async () => undefined, AbortSignal.abort(new Error('closing')))).rejects.toThrow(
      'closing',
    );
    release();
    await second;
    expect(asked).toEqual(['2']);
    await tasks.close();
  });

  it('works on no more at a time than it may, however many bells wait for room', async () => {
    let [running, most, done] = [0, 0, 0];
    const tasks = loop(
      [],
      async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
        done += 1;
      },
      4,
    );
    // Scheduler takes a moment for its answer, as any other service does.
    const bell = (taskId: string) =>
      tasks.answer(() => new Promise((resolve) => setTimeout(resolve, 2, lease(taskId))), never);
    await Promise.all(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'].map(bell));
    while (done < 12) await new Promise((resolve) => setTimeout(resolve, 5));
    await tasks.close();
    expect(most).toBe(4);
  });

  it('holds to it where the bus gives it no more bells at once than it has room for', async () => {
    let [running, most, done] = [0, 0, 0];
    const tasks = loop(
      [],
      async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 20 + 10 * running));
        running -= 1;
        done += 1;
      },
      4,
    );
    const bells = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'];
    const hand = async (): Promise<void> => {
      for (let id = bells.shift(); id !== undefined; id = bells.shift()) {
        const taskId = id;
        await tasks.answer(() => new Promise((resolve) => setTimeout(resolve, 2, lease(taskId))), never);
      }
    };
    await Promise.all([hand(), hand(), hand(), hand()]);
    while (done < 12) await new Promise((resolve) => setTimeout(resolve, 5));
    await tasks.close();
    expect(most).toBe(4);
  });

  it('gives back what runs when it closes', async () => {
    const stopped: string[] = [];
    const tasks = loop(
      [],
      ({ taskId }, stop) =>
        new Promise((resolve) => {
          stop.addEventListener('abort', () => {
            stopped.push(taskId);
            resolve();
          });
        }),
    );
    await tasks.answer(async () => lease('1'), never);
    await tasks.close();
    expect(stopped).toEqual(['1']);
  });

  it('goes on looking after scheduler could not be asked', async () => {
    const answers: (Lease | Error)[] = [new Error('away'), lease('1')];
    const worked: string[] = [];
    const leaseNext = async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const tasks = new TaskLoop({
      tasks: 1,
      lookMs: 1,
      leaseNext,
      work: async ({ taskId }) => void worked.push(taskId),
      clock: new SystemClock(),
      logger: new SilentLogger(),
    });
    while (worked.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await tasks.close();
    expect(worked).toEqual(['1']);
  });
});
