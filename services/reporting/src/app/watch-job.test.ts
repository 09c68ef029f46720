import { type JobId, type TenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import type { Activity, Reports } from './reports.port.js';
import { WatchJob } from './watch-job.js';

const tenant = 'ours' as TenantId;
const job = 'job' as JobId;
const running = { state: 'running', tasksTotal: 2, tasksFinished: 0 } as Activity;
const LOOK_MS = 500;

/** A job whose activity is what was said last, and how often it was looked at. */
function watched() {
  const clock = new MovableClock(0);
  const is = { activity: running, looks: 0 };
  const reports = {
    activity: async () => {
      is.looks += 1;
      return is.activity;
    },
  };
  const stop = new AbortController();
  const activities = new WatchJob(reports as unknown as Reports, clock).run(tenant, job, stop.signal);
  return { clock, is, stop, activities };
}

describe('WatchJob', () => {
  it('tells of each change once, and ends with the job', async () => {
    const { clock, is, activities } = watched();
    expect((await activities.next()).value).toEqual(running);
    const next = activities.next();
    while (is.looks < 3) {
      await setTimeout(1);
      await clock.advance(LOOK_MS);
    }
    is.activity = { ...running, state: 'completed', tasksFinished: 2 };
    await setTimeout(1);
    await clock.advance(LOOK_MS);
    expect((await next).value).toEqual(is.activity);
    expect((await activities.next()).done).toBe(true);
  });

  it('ends with a job that was stopped before all its tasks had begun, whatever was told of those', async () => {
    const { clock, is, activities } = watched();
    await activities.next();
    is.activity = { ...running, state: 'stopped', tasksFinished: 1 };
    const rest = (async () => {
      for await (const _ of activities);
      return 'ended';
    })();
    const waited = (async () => {
      for (let looks = 0; looks < 120; looks += 1) {
        await setTimeout(1);
        await clock.advance(LOOK_MS);
      }
      return 'still watching a minute later';
    })();
    expect(await Promise.race([rest, waited])).toBe('ended');
  });

  it('ends where nothing changes, too, for the reason that it is given', async () => {
    const { stop, activities } = watched();
    await activities.next();
    const next = activities.next();
    await setTimeout(1);
    stop.abort(new Error('the service is being stopped'));
    await expect(next).rejects.toThrow('the service is being stopped');
  });
});
