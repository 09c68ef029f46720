import {
  AppError,
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTaskId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { HeldTask } from './held-task.js';
import type { Lease, Progress, Renewal } from './task-desk.js';

const id = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
const progress: Progress = { itemsDone: 1, itemsExpected: 2, bytesDone: 3, requests: 4, throttled: 0, requestMs: 9 };
const lease: Lease = {
  kind: 'backup',
  grant: 'grant 0',
  leaseMs: 60_000,
  tenantId: parseTenantId(id('a')),
  taskId: parseTaskId(id('b')),
  jobId: parseJobId(id('c')),
  backupSetId: parseBackupSetId(id('d')),
  vaultId: parseVaultId(id('e')),
  resourceId: parseResourceId('mail.u1'),
  epoch: 3,
  timeZone: 'UTC',
  jobStartedAtMs: 0,
  fullCheck: false,
  lane: 'increment',
  excludedItemIds: [],
};

/** A clock that can be set, as a machine's is; waits last as long as ever. */
class SettableClock extends MovableClock {
  offByMs = 0;

  override now(): number {
    return super.now() + this.offByMs;
  }
}

function held(answers: readonly (Renewal | Error)[], itemsDone: () => number = () => 1) {
  const clock = new SettableClock(0);
  const asked: string[] = [];
  const desk = {
    async renew(grant: string): Promise<Renewal> {
      const answer = answers[asked.length];
      asked.push(`${grant} @${clock.now()}`);
      if (!answer) throw new AppError('DEPENDENCY_UNAVAILABLE', 'No answer.');
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const task = new HeldTask(lease, desk, clock, () => ({ ...progress, itemsDone: itemsDone() }));
  return { clock, asked, task };
}

const renewed = (n: number, isStopRequested = false): Renewal => ({
  grant: `grant ${n}`,
  leaseMs: 60_000,
  isStopRequested,
});

describe('HeldTask', () => {
  it('renews when a third of the lease is over, and acts under the newest grant', async () => {
    const { clock, asked, task } = held([renewed(1), renewed(2)]);
    await clock.advance(20_000);
    expect(asked).toEqual(['grant 0 @20000']);
    expect(task.grant).toBe('grant 1');
    await task.release();
  });

  it.each([-3_600_000, 3_600_000])('renews by the time that passes when its clock is set by %d ms', async (offByMs) => {
    const { clock, asked, task } = held([renewed(1), renewed(2)]);
    await clock.advance(5_000);
    clock.offByMs = offByMs;
    await clock.advance(35_000);
    expect(asked.map((text) => Number(text.split('@')[1]) - offByMs)).toEqual([20_000, 40_000]);
    await task.release();
  });

  it('tells progress at most once a second, and less often as the task goes on', async () => {
    const state = { items: 0 };
    const answers = Array.from({ length: 200 }, (_, n) => renewed(n + 1));
    const { clock, asked, task } = held(answers, () => state.items);
    for (let tick = 0; tick < 60 * 4; tick += 1) {
      state.items += 1;
      await clock.advance(250);
    }
    expect(asked.slice(0, 3).map((text) => text.split('@')[1])).toEqual(['1000', '2000', '3000']);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.length).toBeLessThan(40);
    await task.release();
  });

  it('stops the work when it is asked to, with the reason', async () => {
    const { clock, task } = held([renewed(1, true)]);
    await clock.advance(20_000);
    expect(task.signal.reason).toMatchObject({ code: 'STOPPED' });
    await task.release();
  });

  it('stops the work when another has the task', async () => {
    const { clock, task } = held([new AppError('GRANT_REFUSED', 'Taken over.')]);
    await clock.advance(20_000);
    expect(task.signal.reason).toMatchObject({ code: 'GRANT_REFUSED' });
    await task.release();
  });

  it('bears a lost answer and asks again while the lease lasts', async () => {
    const { clock, asked, task } = held([new AppError('DEPENDENCY_UNAVAILABLE', 'Away.'), renewed(1)]);
    await clock.advance(40_000);
    expect(asked).toHaveLength(2);
    expect(task.signal.aborted).toBe(false);
    expect(task.grant).toBe('grant 1');
    await task.release();
    expect(clock.sleepers).toBe(0);
  });

  it('stops the work with the lease while scheduler does not answer', async () => {
    const { clock, task } = held([renewed(1)]);
    await clock.advance(20_000);
    await clock.advance(59_000);
    expect(task.signal.aborted).toBe(false);
    await clock.advance(1_000);
    expect(task.signal.reason).toMatchObject({ code: 'GRANT_REFUSED' });
    await task.release();
    expect(clock.sleepers).toBe(0);
  });

  it('stops the work with the lease while a renewal hangs', async () => {
    const clock = new MovableClock(0);
    const lost = Promise.withResolvers<Renewal>();
    const task = new HeldTask(lease, { renew: () => lost.promise }, clock, () => progress);
    await clock.advance(60_000);
    expect(task.signal.reason).toMatchObject({ code: 'GRANT_REFUSED' });
    lost.resolve(renewed(1));
    await task.release();
    expect(clock.sleepers).toBe(0);
  });
});
