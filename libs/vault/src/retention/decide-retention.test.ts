import type { SnapshotId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideRetention, type RetainedChain, type RetentionQuestion } from './decide-retention.js';
import { explainVerdict } from './explain-verdict.js';
import type { RetentionPolicy, Weekday } from './retention-policy.js';

const DAY_MS = 86_400_000;
const at = (text: string) => Date.parse(`${text}Z`);
const idOf = (job: number) => new Date(job).toISOString() as SnapshotId;
const chainOf = (jobs: readonly number[], more: Partial<RetainedChain> = {}): RetainedChain => ({
  snapshots: jobs.map((jobStartedAt) => ({ snapshot: idOf(jobStartedAt), jobStartedAt })),
  isHeld: false,
  ...more,
});

/** One job a day at 21:00 UTC, `count` of them, the last on `last`. */
const nightly = (count: number, last: string) =>
  Array.from({ length: count }, (_, index) => at(`${last}T21:00:00`) - (count - 1 - index) * DAY_MS);

const unreadable = { snapshot: 'unreadable' as SnapshotId, jobStartedAt: NaN };
const known = ([job = 0]: readonly number[]) => ({ snapshot: idOf(job), jobStartedAt: job });

function stayingDays(question: Partial<RetentionQuestion> & { readonly jobs: readonly number[] }): string[] {
  const { jobs } = question;
  const verdicts = decideRetention({
    policy: {},
    timeZone: 'UTC',
    now: (jobs.at(-1) ?? 0) + 3_600_000,
    chain: chainOf(jobs),
    ...question,
  });
  return verdicts.filter(({ stays }) => stays).map(({ snapshot }) => snapshot.slice(0, 10));
}

describe('decideRetention', () => {
  it('keeps everything without a rule', () => {
    expect(stayingDays({ jobs: nightly(5, '2026-11-28') })).toHaveLength(5);
  });

  it('keeps for n days what was replaced, counted from the job that replaced it', () => {
    const jobs = [at('2026-11-01T21:00:00'), at('2026-11-20T21:00:00'), at('2026-11-28T21:00:00')];
    const days = (count: number) => stayingDays({ policy: { days: count }, jobs });
    expect(days(8)).toEqual(['2026-11-20', '2026-11-28']);
    expect(days(9)).toEqual(['2026-11-01', '2026-11-20', '2026-11-28']);
  });

  it('keeps the states as of the last n jobs of the set, also where a job made no snapshot of the resource', () => {
    const jobs = nightly(10, '2026-11-28');
    const changed = [jobs[2]!, jobs[7]!];
    const kept = (count: number) => stayingDays({ policy: { jobs: count }, jobs, chain: chainOf(changed) });
    expect(kept(3)).toEqual(['2026-11-26']);
    expect(kept(4)).toEqual(['2026-11-21', '2026-11-26']);
  });

  it.each<[string, RetentionPolicy, string[]]>([
    ['daily', { daily: { count: 3 } }, ['2026-11-26', '2026-11-27', '2026-11-28']],
    [
      'daily on weekdays',
      { daily: { count: 2, weekdays: ['monday', 'friday'] } },
      ['2026-11-23', '2026-11-27', '2026-11-28'],
    ],
    ['weekly', { weekly: { count: 3, weekday: 'sunday' } }, ['2026-11-15', '2026-11-22', '2026-11-28']],
    ['monthly on a number', { monthly: { count: 3, on: { day: 31 } } }, ['2026-09-30', '2026-10-31', '2026-11-28']],
    ['monthly on the last day', { monthly: { count: 2, on: { day: 'last' } } }, ['2026-10-31', '2026-11-28']],
    [
      'monthly on the second Tuesday',
      { monthly: { count: 2, on: { nth: 2, weekday: 'tuesday' } } },
      ['2026-10-13', '2026-11-10', '2026-11-28'],
    ],
    [
      'monthly on the last Friday',
      { monthly: { count: 2, on: { nth: 'last', weekday: 'friday' } } },
      ['2026-10-30', '2026-11-27', '2026-11-28'],
    ],
    [
      'quarterly in its third month',
      { quarterly: { count: 2, month: 3, on: { day: 'last' } } },
      ['2026-09-30', '2026-11-28'],
    ],
    [
      'quarterly in its first month',
      { quarterly: { count: 2, month: 1, on: { day: 1 } } },
      ['2026-07-01', '2026-10-01', '2026-11-28'],
    ],
    ['yearly', { yearly: { count: 2, month: 6, on: { day: 30 } } }, ['2025-06-30', '2026-06-30', '2026-11-28']],
  ])('keeps one job of each period: %s', (_name, policy, days) => {
    expect(stayingDays({ policy, jobs: nightly(800, '2026-11-28') })).toEqual(days);
  });

  it('takes the last job before the wanted day where that day has none, and the first after it where none came before', () => {
    const jobs = ['2026-11-02', '2026-11-04', '2026-11-06', '2026-11-14', '2026-11-15', '2026-11-17'].map((day) =>
      at(`${day}T21:00:00`),
    );
    const policy: RetentionPolicy = { weekly: { count: 5, weekday: 'thursday' } };
    expect(stayingDays({ policy, jobs })).toEqual(['2026-11-04', '2026-11-14', '2026-11-17']);
  });

  it('keeps the last of several jobs of the wanted day', () => {
    const jobs = ['T09:00', 'T13:00', 'T17:00'].map((time) => at(`2026-11-28${time}`));
    const [first, second, third] = decideRetention({
      policy: { daily: { count: 1 } },
      timeZone: 'UTC',
      now: at('2026-11-29T00:00'),
      jobs,
      chain: chainOf(jobs),
    });
    expect([first, second, third].map((verdict) => verdict?.stays)).toEqual([false, false, true]);
  });

  it('counts periods that had a job, so that a paused set loses nothing', () => {
    const jobs = [...nightly(3, '2025-01-10'), ...nightly(2, '2026-11-28')];
    expect(stayingDays({ policy: { daily: { count: 5 } }, jobs, now: at('2027-12-01T00:00') })).toHaveLength(5);
  });

  it('always keeps the newest, and lets go even that of a resource that left, when its time is over', () => {
    const jobs = nightly(10, '2026-11-28');
    const chain = chainOf(jobs.slice(0, 4));
    const policy: RetentionPolicy = { jobs: 3, days: 4 };
    expect(stayingDays({ policy, jobs, chain })).toEqual(['2026-11-22']);
    expect(stayingDays({ policy, jobs, chain: { ...chain, leftAt: jobs[4]! } })).toEqual([]);
    expect(stayingDays({ policy: { jobs: 7 }, jobs, chain: { ...chain, leftAt: jobs[4]! } })).toEqual(['2026-11-22']);
  });

  it('keeps the newest state that was read whole, however many jobs of the count came after it', () => {
    const jobs = nightly(6, '2026-11-28');
    const policy: RetentionPolicy = { jobs: 2 };
    const kept = (more: Partial<RetainedChain>) => stayingDays({ policy, jobs, chain: chainOf(jobs, more) });
    expect(kept({})).toEqual(['2026-11-27', '2026-11-28']);
    expect(kept({ wholeAt: jobs[2]! })).toEqual(['2026-11-25', '2026-11-27', '2026-11-28']);
    expect(kept({ wholeAt: jobs[5]! })).toEqual(['2026-11-27', '2026-11-28']);
    const unchanged = chainOf([jobs[1]!, jobs[4]!, jobs[5]!], { wholeAt: jobs[3]! });
    expect(stayingDays({ policy, jobs, chain: unchanged })).toEqual(['2026-11-24', '2026-11-27', '2026-11-28']);
  });

  it('lets a resource that left go by its rules alone, whole or not', () => {
    const jobs = nightly(6, '2026-11-28');
    const chain = chainOf(jobs.slice(0, 3), { wholeAt: jobs[1]!, leftAt: jobs[3]! });
    expect(stayingDays({ policy: { jobs: 2 }, jobs, chain })).toEqual([]);
  });

  it('takes a resource that left for one that is back where a job has made a snapshot of it since', () => {
    const jobs = nightly(6, '2026-11-28');
    const chain = chainOf([jobs[0]!, jobs[4]!, jobs[5]!], { leftAt: jobs[2]!, wholeAt: jobs[4]! });
    const now = jobs[5]! + 30 * DAY_MS;
    expect(stayingDays({ policy: { days: 1 }, jobs: jobs.slice(0, 3), chain, now })).toEqual([
      '2026-11-27',
      '2026-11-28',
    ]);
    expect(stayingDays({ policy: { days: 1 }, jobs, chain: { ...chain, leftAt: jobs[5]! }, now })).toContain(
      '2026-11-28',
    );
  });

  it.each<[string, (jobs: readonly number[]) => Partial<RetentionQuestion>]>([
    [
      'the start of a job',
      (jobs) => ({ chain: { ...chainOf([]), snapshots: [unreadable, ...chainOf(jobs).snapshots] } }),
    ],
    ['the end of a lock', (jobs) => ({ chain: { ...chainOf([]), snapshots: [{ ...known(jobs), lockedUntil: NaN }] } })],
    ['when it left', (jobs) => ({ chain: chainOf(jobs, { leftAt: NaN }) })],
    ['when it was whole', (jobs) => ({ chain: chainOf(jobs, { wholeAt: NaN }) })],
    ['the present', () => ({ now: NaN })],
  ])('decides nothing where an instant is none: %s', (_of, more) => {
    const jobs = nightly(3, '2026-11-28');
    const ask = () => stayingDays({ policy: { jobs: 1 }, jobs, ...more(jobs) });
    expect(ask).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('counts no job that failed: the state before it stays, for ever if need be', () => {
    // Jobs that failed or were stopped are not among those that retention is told of.
    const jobs = nightly(2, '2026-11-03');
    const long = at('2030-01-01T00:00:00');
    expect(stayingDays({ policy: { jobs: 2 }, jobs, now: long })).toEqual(['2026-11-02', '2026-11-03']);
    expect(stayingDays({ policy: { jobs: 1 }, jobs, now: long })).toEqual(['2026-11-03']);
  });

  it('decides about a state, and not about one of its copies, while a chain is made anew in part', () => {
    const jobs = nightly(4, '2026-11-28');
    // The first of three that are made anew follows the newest.
    const made = [...jobs, jobs[1]!];
    const snapshots = made.map((jobStartedAt, index) => ({ snapshot: `${index}` as SnapshotId, jobStartedAt }));
    const staying = (policy: RetentionPolicy) =>
      decideRetention({
        ...{ policy, timeZone: 'UTC', now: jobs[3]! + 1, jobs },
        chain: { snapshots, isHeld: false },
      }).flatMap(({ snapshot, stays }) => (stays ? [Number(snapshot)] : []));
    expect(staying({ jobs: 1 })).toEqual([3]);
    expect(staying({ jobs: 2 })).toEqual([2, 3]);
    expect(staying({ jobs: 3 })).toEqual([1, 2, 3, 4]);
  });

  it('keeps what is held or locked, whatever the policy', () => {
    const jobs = nightly(4, '2026-11-28');
    const policy: RetentionPolicy = { jobs: 1 };
    expect(stayingDays({ policy, jobs, chain: chainOf(jobs, { isHeld: true }) })).toHaveLength(4);
    const locked = chainOf(jobs).snapshots.map((one, index) =>
      index === 1 ? { ...one, lockedUntil: at('2027-01-01T00:00') } : one,
    );
    expect(stayingDays({ policy, jobs, chain: { snapshots: locked, isHeld: false } })).toEqual([
      '2026-11-26',
      '2026-11-28',
    ]);
  });

  it.each([
    ['Europe/Vienna', '2026-03-28T23:30:00', '2026-03-29'],
    ['Europe/Vienna', '2026-10-24T22:30:00', '2026-10-25'],
    ['Pacific/Apia', '2026-06-01T12:00:00', '2026-06-02'],
    ['America/New_York', '2026-11-01T03:59:00', '2026-10-31'],
  ])('counts a job to its day in %s (%s)', (timeZone, start, day) => {
    const jobs = [at(start)];
    const [verdict] = decideRetention({
      policy: { daily: { count: 1 } },
      timeZone,
      now: at(start),
      jobs,
      chain: chainOf(jobs),
    });
    expect(verdict).toMatchObject({ because: expect.arrayContaining([{ rule: 'daily', period: day }]) });
  });

  it.each([
    ['spring, a day of 23 hours', '2026-03-29T10:00:00', '2026-03-28T11:00:00'],
    ['autumn, a day of 25 hours', '2026-10-25T11:00:00', '2026-10-24T10:00:00'],
  ])('counts calendar days over a change of the clocks (%s)', (_name, now, sameTimeADayBefore) => {
    const replacedAt = (replaced: number) => {
      const jobs = [replaced - DAY_MS, replaced];
      return stayingDays({ policy: { days: 1 }, timeZone: 'Europe/Vienna', now: at(now), jobs, chain: chainOf(jobs) })
        .length;
    };
    expect(replacedAt(at(sameTimeADayBefore))).toBe(1);
    expect(replacedAt(at(sameTimeADayBefore) + 1)).toBe(2);
  });

  it('says in words why each stays or goes', () => {
    const jobs = nightly(40, '2026-11-28');
    const policy: RetentionPolicy = { days: 2, weekly: { count: 2, weekday: 'monday' } };
    const verdicts = decideRetention({
      policy,
      timeZone: 'UTC',
      now: at('2026-11-28T22:00:00'),
      jobs,
      chain: chainOf(jobs),
    });
    const said = Object.fromEntries(
      verdicts.map((verdict) => [verdict.snapshot.slice(0, 10), explainVerdict(verdict, 'UTC')]),
    );
    expect(said['2026-11-28']).toBe(
      'kept because it is the newest of its resource; it was the state at a time of the last days that the policy keeps',
    );
    expect(explainVerdict({ ...verdicts[0]!, stays: true, because: [{ rule: 'newest-whole' }] }, 'UTC')).toBe(
      'kept because it is the newest in which its resource was read whole',
    );
    expect(said['2026-11-23']).toBe('kept because it is the weekly state of 2026-W48');
    expect(said['2026-11-22']).toBe(
      'goes because it was replaced on 2026-11-23 and no rule of the policy asks for it any more',
    );
  });
});

const weekday = fc.constantFrom<Weekday>('monday', 'wednesday', 'saturday', 'sunday');
const count = fc.integer({ min: 1, max: 6 });
const on = fc.oneof(
  fc.record({ day: fc.integer({ min: 1, max: 31 }) }),
  fc.record({ nth: fc.constantFrom<1 | 4 | 'last'>(1, 4, 'last'), weekday }),
);
const policies: fc.Arbitrary<RetentionPolicy> = fc
  .record(
    {
      days: fc.integer({ min: 1, max: 40 }),
      jobs: count,
      daily: fc.record({ count, weekdays: fc.uniqueArray(weekday, { minLength: 1 }) }),
      weekly: fc.record({ count, weekday }),
      monthly: fc.record({ count, on }),
      quarterly: fc.record({ count, month: fc.integer({ min: 1, max: 3 }), on }),
      yearly: fc.record({ count, month: fc.integer({ min: 1, max: 12 }), on }),
    },
    { requiredKeys: [] },
  )
  .filter((policy) => Object.keys(policy).length > 0);
const timeZone = fc.constantFrom('UTC', 'Europe/Vienna', 'Pacific/Apia', 'America/Los_Angeles', 'Asia/Kathmandu');
/** Hours from one job to the next. */
const gaps = fc.array(fc.integer({ min: 1, max: 24 * 40 }), { minLength: 2, maxLength: 60 });

describe('decideRetention, for any policy and history', () => {
  it('never asks later for what it let go', () => {
    fc.assert(
      fc.property(policies, timeZone, gaps, fc.func(fc.boolean()), (policy, zone, hours, isWhole) => {
        const jobs: number[] = [];
        let now = at('2025-01-01T00:00:00');
        const gone = new Set<string>();
        for (const hour of hours) {
          now += hour * 3_600_000;
          jobs.push(now);
          const wholeAt = jobs.findLast((job) => isWhole(job));
          const more = { ...(wholeAt !== undefined && { wholeAt }) };
          // All that ever was, as if nothing had been removed: what an earlier answer let go has to be let go again.
          for (const { snapshot, stays } of decideRetention({
            policy,
            timeZone: zone,
            now,
            jobs,
            chain: chainOf(jobs, more),
          }))
            if (!stays) gone.add(snapshot);
            else if (gone.has(snapshot)) return false;
        }
        return true;
      }),
      { numRuns: 300 },
    );
  });

  it('decides the same whether or not what it let go has been removed', () => {
    fc.assert(
      fc.property(policies, timeZone, gaps, fc.func(fc.boolean()), (policy, zone, hours, isWhole) => {
        const jobs: number[] = [];
        let now = at('2025-01-01T00:00:00');
        let left: readonly number[] = [];
        for (const hour of hours) {
          now += hour * 3_600_000;
          jobs.push(now);
          const wholeAt = jobs.findLast((job) => isWhole(job));
          const decide = (made: readonly number[]) => {
            const chain = chainOf(made, { ...(wholeAt !== undefined && { wholeAt }) });
            return decideRetention({ policy, timeZone: zone, now, jobs, chain }).filter(({ stays }) => stays);
          };
          const kept = new Set<string>(decide([...left, now]).map(({ snapshot }) => snapshot));
          expect(kept).toEqual(new Set(decide(jobs).map(({ snapshot }) => snapshot)));
          if (wholeAt !== undefined) expect(kept).toContain(idOf(wholeAt));
          left = [...left, now].filter((job) => kept.has(idOf(job)));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('can restore the state as of every job that a rule names', () => {
    fc.assert(
      fc.property(policies, timeZone, gaps, fc.func(fc.boolean()), (policy, zone, hours, changes) => {
        let now = at('2025-01-01T00:00:00');
        const jobs = hours.map((hour) => (now += hour * 3_600_000));
        const made = jobs.filter((job, index) => index === 0 || changes(job));
        const stays = (chain: RetainedChain) =>
          decideRetention({ policy, timeZone: zone, now, jobs, chain }).filter((verdict) => verdict.stays);
        const named = stays(chainOf(jobs)).map(({ snapshot }) => Date.parse(snapshot));
        const kept = new Set<string>(stays(chainOf(made)).map(({ snapshot }) => snapshot));
        for (const job of named) expect(kept).toContain(idOf(made.findLast((one) => one <= job)!));
      }),
      { numRuns: 200 },
    );
  });

  it('decides of states that some of a chain were made anew of as if there were no copies', () => {
    fc.assert(
      fc.property(policies, timeZone, gaps, fc.nat(), fc.nat(), (policy, zone, hours, first, count) => {
        let now = at('2025-01-01T00:00:00');
        const jobs = hours.map((hour) => (now += hour * 3_600_000));
        const from = first % jobs.length;
        const chain = [...jobs, ...jobs.slice(from, from + 1 + (count % (jobs.length - from)))];
        const decide = (made: readonly number[]) =>
          decideRetention({ policy, timeZone: zone, now, jobs, chain: chainOf(made) });
        const expected = new Map(decide(jobs).map((verdict) => [verdict.snapshot, verdict]));
        const verdicts = decide(chain);
        expect(verdicts.map(({ snapshot }) => snapshot)).toEqual(chain.map(idOf));
        for (const verdict of verdicts) expect(verdict).toEqual(expected.get(verdict.snapshot));
      }),
      { numRuns: 200 },
    );
  });
});
