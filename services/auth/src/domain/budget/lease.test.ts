import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BucketRules } from './bucket.js';
import { Traffic, type Worker } from './traffic.suite.js';

const minute: BucketRules = {
  meters: [
    { name: 'minute', limit: { amount: 1_250, windowMs: 60_000 }, reserve: 0.01 },
    { name: 'day', limit: { amount: 1_200_000, windowMs: 86_400_000 }, reserve: 0.025 },
  ],
  isOneUnit: true,
  isShared: true,
  slots: 0,
  quantum: 8,
};
/** A limit that many share in turns, over a minute as the others are here. */
const ofApp = (amount: number): Pick<BucketRules, 'meters' | 'quantum'> => ({
  meters: [{ name: 'requests', limit: { amount, windowMs: 60_000 }, reserve: 0.01 }],
  quantum: Math.floor(amount / 120),
});
const app: BucketRules = { ...ofApp(1_950), isOneUnit: true, isShared: true, slots: 0 };
const mailbox: BucketRules = {
  meters: [{ name: 'requests', limit: { amount: 400, windowMs: 60_000 }, reserve: 0 }],
  isOneUnit: false,
  isShared: false,
  slots: 4,
  quantum: 8,
};
const worker = (member: string, more: Partial<Worker> = {}): Worker => ({
  member,
  lane: 'first-full',
  fromMs: 0,
  untilMs: Infinity,
  parallel: 4,
  cost: 1,
  latencyMs: 120,
  ...more,
});
const crowd = (count: number, more: Partial<Worker> = {}): Worker[] =>
  Array.from({ length: count }, (_, index) => worker(`u${index}`, more));

describe('leasing', () => {
  it.each([
    ['many users of a tenant', minute, crowd(100)],
    ['many users of a tenant whose requests are quick', minute, crowd(100, { latencyMs: 20 })],
    ['many tenants of an app', app, crowd(200)],
    ['many tenants of an app that allows more than they ask for at first', { ...app, ...ofApp(6_000) }, crowd(100)],
    ['one user of a tenant', minute, crowd(1, { parallel: 16 })],
    ['one mailbox', mailbox, crowd(1)],
    ['a mailbox that two tasks work on', mailbox, crowd(2)],
  ])('keeps 95 %% of the budget in use while work waits: %s', (_, rules, workers) => {
    const traffic = new Traffic(rules, workers, 1).run(300_000);
    const limit = rules.meters[0]?.limit.amount ?? 0;
    expect(traffic.received(0, 300_000) / (5 * limit)).toBeGreaterThan(0.95);
    expect(traffic.peak(60_000)).toBeLessThanOrEqual(limit);
  });

  it('lets a request go that costs more than what flows in a slot', () => {
    const small: BucketRules = {
      ...minute,
      meters: [{ name: 'minute', limit: { amount: 12, windowMs: 600 }, reserve: 0.01 }],
      quantum: 1,
    };
    const traffic = new Traffic(small, [worker('u', { cost: 5, latencyMs: 20 })], 1).run(60_000);
    expect(traffic.received(0, 60_000)).toBeGreaterThan(250);
    expect(traffic.peak(600)).toBeLessThanOrEqual(12);
  });

  it('lets no span of a window receive more than the limit, whatever the latencies, deaths and costs', () => {
    const anyWorker = fc.record({
      fromMs: fc.integer({ min: 0, max: 40_000 }),
      untilMs: fc.integer({ min: 30_000, max: 150_000 }),
      parallel: fc.integer({ min: 1, max: 8 }),
      cost: fc.constantFrom(1, 2, 5),
      latencyMs: fc.integer({ min: 1, max: 4_000 }),
      lane: fc.constantFrom('restore', 'increment', 'first-full'),
      dies: fc.boolean(),
    });
    const small: BucketRules = {
      ...minute,
      meters: [{ name: 'minute', limit: { amount: 100, windowMs: 20_000 }, reserve: 0.01 }],
    };
    fc.assert(
      fc.property(fc.array(anyWorker, { minLength: 1, maxLength: 8 }), fc.integer(), (workers, seed) => {
        const named = workers.map((one, index) => ({ ...one, member: `u${index}` }));
        const traffic = new Traffic(small, named, seed).run(150_000);
        expect(traffic.peak(20_000)).toBeLessThanOrEqual(100);
      }),
      { numRuns: 30 },
    );
  });

  it('gives a restore its share within seconds while first fulls use the whole budget, and starves nobody', () => {
    const restores = crowd(3, { lane: 'restore', fromMs: 200_000, parallel: 8 });
    const traffic = new Traffic(minute, [...crowd(12), ...restores], 2).run(600_000);
    const restored = (from: number, to: number) => traffic.received(from, to, ({ lane }) => lane === 'restore');
    expect(restored(200_000, 203_000)).toBeGreaterThan(10);
    expect(restored(200_000, 230_000)).toBeGreaterThan(0.6 * 625);
    expect(restored(480_000, 600_000)).toBeGreaterThan(0.75 * 2_500);
    expect(traffic.received(480_000, 600_000) - restored(480_000, 600_000)).toBeGreaterThan(0.05 * 2_500);
  });

  it('shares among lanes by their weights, and among the users of a lane alike', () => {
    const lanes = ['restore', 'increment', 'first-full'] as const;
    const workers = lanes.flatMap((lane) =>
      crowd(6, { lane }).map((one) => ({ ...one, member: `${lane}-${one.member}` })),
    );
    const traffic = new Traffic(minute, workers, 3).run(600_000);
    const of = (lane: string) => traffic.received(240_000, 600_000, (one) => one.lane === lane);
    const [restore, increment, firstFull] = lanes.map(of);
    expect((restore ?? 0) / (increment ?? 1)).toBeGreaterThan(1.5);
    expect((increment ?? 0) / (firstFull ?? 1)).toBeGreaterThan(2);
    const users = crowd(6).map(({ member }) =>
      traffic.received(0, 600_000, (one) => one.member === `increment-${member}`),
    );
    expect(Math.max(...users) / Math.min(...users)).toBeLessThan(1.5);
  });

  it('lets a user who comes late catch up with one who took all', () => {
    const greedy = worker('greedy', { parallel: 16 });
    const late = worker('late', { fromMs: 120_000 });
    const traffic = new Traffic(minute, [greedy, late], 4).run(360_000);
    const of = (member: string) => traffic.received(240_000, 360_000, (one) => one.member === member);
    expect(of('late') / of('greedy')).toBeGreaterThan(0.85);
  });

  it('has the places and the slice of a dead holder back after a while, and never its requests', () => {
    const dying = worker('dying', { untilMs: 20_000, dies: true });
    const heir = worker('heir', { fromMs: 21_000 });
    const roomy = {
      ...mailbox,
      meters: [{ name: 'requests', limit: { amount: 10_000, windowMs: 600_000 }, reserve: 0 }],
    };
    const traffic = new Traffic(roomy, [dying, heir], 5).run(60_000);
    expect(traffic.received(21_000, 45_000, ({ member }) => member === 'heir')).toBeGreaterThan(0);
    expect(traffic.peakParallel).toBeLessThanOrEqual(4);
  });
});
