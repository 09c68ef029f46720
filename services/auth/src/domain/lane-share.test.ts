import { describe, expect, it } from '@jest/globals';
import { slotStart, type WindowLimit } from './budget-window.js';
import { laneShare, type Lane, type LaneUse } from './lane-share.js';

const minute: WindowLimit = { amount: 1_200, windowMs: 60_000 };
/** What first fulls may use of it: up to their ceiling, and a slot is forgotten up to one slot late. */
const usable = minute.amount * 0.95 * (20 / 21);

interface Task {
  readonly lane: Lane;
  readonly untilMs: number;
  nextAtMs: number;
}

/** A window and the tasks that live of it: each takes a slice, uses it up, and asks again when it was told to. */
class Pool {
  readonly taken: { readonly atMs: number; readonly lane: Lane; readonly amount: number }[] = [];
  readonly #tasks: Task[] = [];
  readonly #uses: LaneUse[] = [];
  readonly #activeUntil = new Map<Lane, number>();

  constructor(private readonly limit: WindowLimit) {}

  add(lane: Lane, tasks: number, fromMs: number, untilMs: number): void {
    for (let n = 0; n < tasks; n += 1) this.#tasks.push({ lane, untilMs, nextAtMs: fromMs + n });
  }

  /** Lets time pass from one ask to the next until all tasks have ended. */
  run(): void {
    for (;;) {
      const [next] = this.#tasks.filter((task) => task.nextAtMs < task.untilMs).sort((x, y) => x.nextAtMs - y.nextAtMs);
      if (!next) return;
      next.nextAtMs += this.#ask(next.lane, 100, next.nextAtMs);
    }
  }

  /** Answers how long until the task asks again. */
  #ask(lane: Lane, wanted: number, now: number): number {
    const active = new Set([...this.#activeUntil].filter(([, until]) => until > now).map(([name]) => name));
    const room = laneShare(this.limit, this.#uses, { lane, active, isShared: true }, now);
    const amount = Math.min(room.amount, wanted);
    if (amount > 0) {
      this.#uses.push({ startMs: slotStart(this.limit, now), used: amount, lane });
      this.taken.push({ atMs: now, lane, amount });
    }
    const waitMs = amount > 0 ? Math.max(50, amount * 5) : room.waitMs;
    this.#activeUntil.set(lane, now + waitMs + 2_000);
    return waitMs;
  }

  sum(lane: Lane, fromMs: number, toMs: number): number {
    return this.taken
      .filter((part) => part.lane === lane && part.atMs >= fromMs && part.atMs < toMs)
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  /** The most that any stretch of the window's length holds. */
  get peak(): number {
    return Math.max(
      ...this.taken.map(({ atMs: end }) =>
        this.taken
          .filter(({ atMs }) => atMs <= end && atMs > end - this.limit.windowMs)
          .reduce((sum, { amount }) => sum + amount, 0),
      ),
    );
  }
}

const START = 1_000_000_000;

describe('laneShare', () => {
  it('gives a restore its share at once while first fulls use the whole budget, and starves nobody', () => {
    const pool = new Pool(minute);
    const restoreAt = START + 300_000;
    const endAt = START + 600_000;
    pool.add('first-full', 12, START, endAt);
    pool.add('restore', 6, restoreAt, endAt);
    pool.run();

    expect(pool.sum('first-full', restoreAt - 120_000, restoreAt)).toBeGreaterThan(0.95 * 2 * usable);
    expect(pool.sum('restore', restoreAt, restoreAt + 1_000)).toBeGreaterThanOrEqual(50);
    expect(pool.sum('restore', restoreAt, restoreAt + 15_000)).toBeGreaterThanOrEqual((minute.amount / 4) * 0.8);
    const lastMinutes = [endAt - 120_000, endAt] as const;
    expect(pool.sum('restore', ...lastMinutes)).toBeGreaterThan(0.75 * 2 * minute.amount);
    expect(pool.sum('first-full', ...lastMinutes)).toBeGreaterThan(0.03 * 2 * minute.amount);
    expect(pool.peak).toBeLessThanOrEqual(minute.amount);
  });

  it('gives the first fulls all back when the restore is over', () => {
    const pool = new Pool(minute);
    pool.add('restore', 6, START, START + 120_000);
    pool.add('first-full', 12, START, START + 360_000);
    pool.run();
    expect(pool.sum('first-full', START + 240_000, START + 360_000)).toBeGreaterThan(0.95 * 2 * usable);
  });

  it('shares among all three lanes by their weights', () => {
    const pool = new Pool(minute);
    const lanes = ['restore', 'increment', 'first-full'] as const;
    for (const lane of lanes) pool.add(lane, 8, START, START + 600_000);
    pool.run();
    const [restore = 0, increment = 0, firstFull = 0] = lanes.map((lane) =>
      pool.sum(lane, START + 240_000, START + 600_000),
    );
    expect(restore).toBeGreaterThan(increment);
    expect(increment).toBeGreaterThan(firstFull);
    expect(firstFull).toBeGreaterThan(0.03 * (restore + increment + firstFull));
  });

  it('leaves a lane that is alone all of a window that one task has for itself', () => {
    const ask = { lane: 'first-full', active: new Set<Lane>(['first-full']), isShared: false } as const;
    expect(laneShare(minute, [], ask, 1_000_000)).toEqual({ amount: 1_200, waitMs: 0 });
  });
});
