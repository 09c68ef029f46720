import { describe, expect, it } from '@jest/globals';
import { JOB, SET, activity, job, ours, report, useFakeApi, world } from '../api-world.suite.js';

const api = useFakeApi();

describe('a backup', () => {
  const events = (...some: readonly [string, object][]) =>
    some.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  const watched = {
    [`POST ${ours}/backup-sets/${SET}/jobs`]: { ...job, state: 'running' },
    [`GET ${ours}/jobs/${JOB}/activity`]: events(
      ['activity', activity],
      ['activity', { ...activity, state: 'completed' }],
      ['end', {}],
    ),
  };

  it('is started and watched in plain lines, then reported', async () => {
    api().answers({ ...world, ...watched });
    const { code, out } = await api().run(['backup', 'run', '--watch', '--full-check']);
    expect(code).toBe(0);
    expect(api().sent(`POST ${ours}/backup-sets/${SET}/jobs`)).toEqual({ fullCheck: true });
    expect(out).toContain('1/2 resources, 5 items, 50 B, running');
    expect(out).toMatch(/new +3 +2\.0 KiB/);
    expect(out).toContain('skipped: too-large: 3');
    expect(out).toMatch(/Took +1 min 5 s/);
  });

  it('shows what it is warned of while it runs, once', async () => {
    const [first, second] = ['Locks could not be extended.', 'A destination did not answer.'];
    const running = events(
      ['activity', activity],
      ['activity', { ...activity, warnings: [first] }],
      ['activity', { ...activity, warnings: [first, second] }],
      ['end', {}],
    );
    api().answers({ ...world, [`GET ${ours}/jobs/${JOB}/activity`]: running });
    const { err } = await api().run(['backup', 'watch', JOB!]);
    expect(err.split(first).length - 1).toBe(1);
    expect(err.split(second).length - 1).toBe(1);
  });

  it('is watched as lines of JSON', async () => {
    api().answers({ ...world, ...watched });
    const { out } = await api().run(['backup', 'watch', JOB!, '--json']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([activity, { ...activity, state: 'completed' }, report]);
  });

  it('fails unless it ended well', async () => {
    api().answers({ ...world, ...watched, [`GET ${ours}/jobs/${JOB}`]: { ...job, state: 'completed-with-errors' } });
    const { code, err } = await api().run(['backup', 'watch', JOB!]);
    expect([code, err]).toEqual([1, expect.stringContaining('completed-with-errors')]);
  });

  it('is watched on when the connection breaks off, but not for ever', async () => {
    let calls = 0;
    const broken = () => {
      calls += 1;
      return {};
    };
    api().answers({ ...world, [`GET ${ours}/jobs/${JOB}/activity`]: broken });
    const { code, err } = await api().run(['backup', 'watch', JOB!]);
    expect([code, calls, err]).toEqual([1, 11, expect.stringContaining('again and again')]);
  });

  it('is watched for as long as it takes, though the connection breaks off now and then', async () => {
    let calls = 0;
    const now = () => {
      calls += 1;
      return calls === 30 ? events(['end', {}]) : events(['activity', activity]);
    };
    api().answers({ ...world, [`GET ${ours}/jobs/${JOB}/activity`]: now });
    const { code } = await api().run(['backup', 'watch', JOB!]);
    expect([code, calls]).toEqual([0, 30]);
  });
});
