import { timeThrough } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { allowanceOf } from './allowance.js';
import type { BucketRules, Lane } from './bucket.js';
import { Traffic, type Worker } from './traffic.suite.js';

const minute: BucketRules = {
  meters: [{ name: 'minute', limit: { amount: 1_250, windowMs: 60_000 }, reserve: 0.01 }],
  isOneUnit: true,
  isShared: true,
  slots: 0,
  quantum: 10,
};
const mailbox: BucketRules = {
  meters: [{ name: 'requests', limit: { amount: 400, windowMs: 60_000 }, reserve: 0 }],
  isOneUnit: false,
  isShared: false,
  slots: 4,
  quantum: 3,
};
const LATENCY_MS = 120;
const worker = (member: string, lane: Lane, parallel: number): Worker => ({
  member,
  lane,
  parallel,
  fromMs: 0,
  untilMs: Infinity,
  cost: 1,
  latencyMs: LATENCY_MS,
});

/** When so many units have been received, in steps of half a second. */
function whenReceived(traffic: Traffic, amount: number): number {
  for (let atMs = 500; ; atMs += 500) if (traffic.received(0, atMs) >= amount) return atMs;
}

describe('allowanceOf', () => {
  const drives = (lane: Lane, count: number) =>
    Array.from({ length: count }, (_, index) => worker(`u${index}`, lane, 16));
  it.each<[string, BucketRules, readonly Worker[], number]>([
    ['one user’s drive', minute, drives('first-full', 1), 16],
    ['forty users’ drives', minute, drives('first-full', 40), 640],
    ['a drive that is restored', minute, drives('restore', 1), 16],
    ['a mailbox', mailbox, [worker('m', 'first-full', 4)], 4],
    ['a mailbox that is restored into', mailbox, [worker('m', 'restore', 4)], 4],
  ])(
    'says how long work takes, a twentieth and two seconds and a half more or less: %s',
    (_, rules, workers, atOnce) => {
      const [meter] = rules.meters;
      const traffic = new Traffic(rules, workers, 5).run(400_000);
      const allowance = allowanceOf(rules, meter!, workers[0]!.lane);
      for (const windows of [0.3, 0.7, 1.4, 2.5, 4.6]) {
        const amount = Math.floor(meter!.limit.amount * windows);
        const expectedMs = timeThrough(allowance, amount, LATENCY_MS / atOnce);
        const tookMs = whenReceived(traffic, amount);
        expect(Math.abs(expectedMs - tookMs)).toBeLessThan(2_500 + tookMs / 20);
      }
    },
  );
});
