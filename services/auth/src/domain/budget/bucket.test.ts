import { describe, expect, it } from '@jest/globals';
import {
  afterLoss,
  corrected,
  fenced,
  free,
  setBack,
  tidied,
  UNUSED,
  type BucketRules,
  type BucketState,
} from './bucket.js';
import { giveBack, lease, type LeaseAsk } from './lease.js';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const units: BucketRules = {
  meters: [
    { name: 'minute', limit: { amount: 1_000, windowMs: 60_000 }, reserve: 0 },
    { name: 'day', limit: { amount: 100_000, windowMs: 24 * HOUR_MS }, reserve: 0 },
  ],
  isOneUnit: true,
  isShared: false,
  slots: 0,
  quantum: 8,
};
const mail: BucketRules = {
  meters: [
    { name: 'requests', limit: { amount: 1_000, windowMs: 600_000 }, reserve: 0 },
    { name: 'upload', limit: { amount: 150_000_000, windowMs: 300_000 }, reserve: 0 },
  ],
  isOneUnit: false,
  isShared: false,
  slots: 4,
  quantum: 8,
};
const NOTHING = { unused: [0, 0], inFlight: [0, 0], inside: 0 };

const ask = (leaseId: string, wanted: readonly [number, number], more: Partial<LeaseAsk> = {}): LeaseAsk => ({
  leaseId,
  told: NOTHING,
  member: leaseId,
  lane: 'restore',
  wanted,
  least: [1, 0],
  slots: 4,
  ...more,
});

/** The amounts left of each meter. */
const left = (state: BucketState, rules: BucketRules, nowMs = NOW) =>
  rules.meters.map((_, index) => free(tidied(state, rules, nowMs), rules, index, nowMs));

describe('a slice', () => {
  it('counts as used in whole until its holder tells, and what is unused comes back', () => {
    const { state } = lease(UNUSED, units, ask('a', [400, 400]), NOW);
    expect(left(state, units)).toEqual([600, 99_600]);
    const back = giveBack(state, units, { leaseId: 'a', told: { ...NOTHING, unused: [300, 300] } }, NOW + 100);
    expect(left(back, units, NOW + 100)).toEqual([900, 99_900]);
    expect(left(back, units, NOW + 62_000)).toEqual([1_000, 99_900]);
  });

  it('counts what is in flight until it was answered, however long that takes', () => {
    const { state } = lease(UNUSED, units, ask('a', [100, 100]), NOW);
    const told = { unused: [90, 90], inFlight: [10, 10], inside: 0 };
    const later = lease(state, units, ask('a', [0, 0], { told }), NOW + 15_000).state;
    const still = lease(later, units, ask('a', [0, 0], { told: { ...told, unused: [0, 0] } }), NOW + 30_000).state;
    expect(left(still, units, NOW + 45_000)).toEqual([990, 99_990]);
    const answered = giveBack(still, units, { leaseId: 'a', told: NOTHING }, NOW + 46_000);
    expect(left(answered, units, NOW + 100_000)).toEqual([990, 99_990]);
    expect(left(answered, units, NOW + 107_000)[0]).toBe(1_000);
  });

  it('of a holder that died counts as used up, and its places are free', () => {
    const { state, answer } = lease(UNUSED, mail, ask('a', [100, 0]), NOW);
    expect(answer.slots).toBe(4);
    expect(lease(state, mail, ask('b', [1, 0]), NOW + 10_000).answer).toMatchObject({ granted: [0, 0], slots: 0 });
    const heir = lease(state, mail, ask('b', [1, 0]), NOW + 20_000);
    expect(heir.answer).toMatchObject({ granted: [1, 0], slots: 4 });
    expect(left(heir.state, mail, NOW + 20_000)[0]).toBe(899);
  });

  it('of a mailbox holds bytes to upload beside requests, or nothing of either', () => {
    const first = lease(UNUSED, mail, ask('a', [10, 140_000_000]), NOW);
    expect(first.answer.granted).toEqual([10, 140_000_000]);
    const big = ask('b', [10, 20_000_000], { least: [1, 20_000_000] });
    const second = lease(giveBack(first.state, mail, { leaseId: 'a', told: NOTHING }, NOW), mail, big, NOW);
    expect(second.answer.granted).toEqual([0, 0]);
    expect(second.answer.waitMs).toBeGreaterThan(20_000);
  });

  it('shares the places of a mailbox with who waits for one, a restore taking more', () => {
    const held = lease(UNUSED, mail, ask('backup', [10, 0], { lane: 'first-full' }), NOW).state;
    const waiting = lease(held, mail, ask('restore', [10, 0]), NOW + 100);
    expect(waiting.answer).toMatchObject({ granted: [0, 0], slots: 0 });
    const again = lease(waiting.state, mail, ask('backup', [10, 0], { lane: 'first-full' }), NOW + 200);
    expect(again.answer.slots).toBe(1);
    expect(lease(again.state, mail, ask('restore', [10, 0]), NOW + 300).answer).toMatchObject({ slots: 3 });
  });
});

describe('what Microsoft says', () => {
  it('fences a bucket until the longest time named is over', () => {
    const state = fenced(fenced(UNUSED, NOW + 30_000), NOW + 10_000);
    expect(lease(state, units, ask('a', [1, 1]), NOW).answer).toMatchObject({ granted: [0, 0], waitMs: 30_000 });
    expect(lease(state, units, ask('a', [1, 1]), NOW + 30_000).answer).toMatchObject({ granted: [1, 1] });
  });

  it('is believed where it counts more than we do, until its window is over', () => {
    const told = { remaining: 50, resetMs: 20_000 };
    const state = corrected(UNUSED, units, told, NOW);
    expect(left(state, units)[0]).toBe(50);
    expect(left(state, units, NOW + 20_000)[0]).toBe(1_000);
  });

  it('changes nothing where we count as much or more, and takes back what it said before', () => {
    const told = { remaining: 190, resetMs: 20_000 };
    const { state } = lease(UNUSED, units, ask('a', [800, 800]), NOW);
    expect(corrected(state, units, told, NOW)).toEqual(state);
    const before = corrected(UNUSED, units, told, NOW);
    expect(left(before, units)[0]).toBe(190);
    expect(left(corrected(before, units, { ...told, remaining: 990 }, NOW), units)[0]).toBe(1_000);
  });

  it('is believed where its limit is lower than the one we know', () => {
    expect(left(corrected(UNUSED, units, { remaining: 100, resetMs: 20_000 }, NOW), units)[0]).toBe(100);
  });
});

describe('a bucket whose count was lost', () => {
  it('counts as used up for a window, and a day by what the minutes since could have let through', () => {
    const { state } = lease(UNUSED, units, ask('a', [10, 10]), NOW - 10 * 60_000);
    const after = afterLoss(state, units, NOW - 10 * 60_000, NOW);
    expect(left(after, units)).toEqual([0, 100_000 - 11_000]);
    expect(left(after, units, NOW + 61_000)[0]).toBe(1_000);
    const long = afterLoss(state, units, NOW - 24 * HOUR_MS, NOW);
    expect(left(long, units)[1]).toBeLessThanOrEqual(0);
  });

  it('of a mailbox counts all its limits as used up', () => {
    expect(left(afterLoss(UNUSED, mail, NOW - 1_000, NOW), mail)).toEqual([0, 0]);
  });
});

describe('a bucket whose clock went back', () => {
  it('has its uses, slices and fences end as long after the new time as they had left', () => {
    const spent = giveBack(
      lease(UNUSED, units, ask('a', [400, 400]), NOW).state,
      units,
      { leaseId: 'a', told: NOTHING },
      NOW,
    );
    const held = fenced(lease(spent, units, ask('b', [100, 100]), NOW).state, NOW + 20_000);
    const then = NOW - 2 * HOUR_MS;
    const back = setBack(held, NOW - then);
    expect(left(back, units, then)).toEqual([500, 99_500]);
    expect(lease(back, units, ask('c', [1, 1]), then + 19_000).answer.granted).toEqual([0, 0]);
    expect(lease(back, units, ask('c', [1, 1]), then + 21_000).answer.granted).toEqual([1, 1]);
    // The slice's holder counts as dead by then, and what it held as used; all of it leaves the minute and stays in the day.
    expect(left(back, units, then + 5 * 60_000)).toEqual([1_000, 99_500]);
    // As it was before, the minute would be full for two hours more.
    expect(left(held, units, then + 5 * 60_000)).toEqual([500, 99_500]);
  });
});
