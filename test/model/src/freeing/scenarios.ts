import type { Random } from '../random.js';
import { type Bounds, type Chunk, type Fault, FAULTS } from './world.js';

/** A world small enough to see all of it. */
export interface Scenario {
  readonly name: string;
  readonly bounds: Bounds;
}

const CHUNKS: readonly Chunk[] = ['a', 'b', 'c', 'd'];

/** One resource; what a job finds again was let go in between, or not. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a chunk that comes back, a late holder of a stopped task',
    bounds: { jobs: [['a', 'b'], ['b'], ['a', 'b']], destinations: 1, left: { retire: 1, free: 1, stop: 1 } },
  },
  {
    name: 'a chunk that comes back, and a filter that lags',
    bounds: { jobs: [['a', 'b'], ['b'], ['a', 'b']], destinations: 1, left: { retire: 1, free: 1, lag: 1 } },
  },
  {
    name: 'a late holder of a lapsed lease',
    bounds: { jobs: [['a'], ['a', 'b']], destinations: 1, left: { retire: 1, free: 1, lapse: 1 } },
  },
  {
    name: 'a reader beside a freeing that repacks',
    bounds: { jobs: [['a', 'b'], ['b']], destinations: 1, left: { retire: 1, free: 1, read: 1 } },
  },
  {
    name: 'a crash',
    bounds: { jobs: [['a'], ['b']], destinations: 1, left: { retire: 1, free: 1, crash: 1 } },
  },
  {
    name: 'a lost acknowledgement',
    bounds: { jobs: [['a'], ['b']], destinations: 1, left: { retire: 1, free: 1, loss: 1 } },
  },
  {
    name: 'a deletion, and a newest snapshot whose packs hold what was deleted',
    bounds: { jobs: [['a', 'b']], destinations: 1, beside: 'x', left: { free: 2, erase: 1, renew: 1 } },
  },
  {
    name: 'a deletion, and retention that lets the newest snapshot go',
    bounds: { jobs: [['a'], ['b']], destinations: 1, beside: 'x', left: { retire: 2, free: 1, erase: 1, renew: 1 } },
  },
  {
    name: 'a deletion beside a freeing that repacks',
    bounds: { jobs: [['a', 'b'], ['b']], destinations: 1, beside: 'x', left: { retire: 1, free: 1, erase: 1 } },
  },
  {
    name: 'a deletion beside a backup',
    bounds: {
      jobs: [
        ['a', 'b'],
        ['b', 'c'],
      ],
      destinations: 1,
      beside: 'x',
      left: { free: 1, erase: 1, renew: 1 },
    },
  },
  {
    name: 'a deletion, and a late holder of a lapsed renewal',
    bounds: { jobs: [['a', 'b']], destinations: 1, beside: 'x', left: { free: 1, erase: 1, renew: 1, lapse: 1 } },
  },
  {
    name: 'a deletion, and a crash',
    bounds: { jobs: [['a', 'b']], destinations: 1, beside: 'x', left: { free: 1, erase: 1, renew: 1, crash: 1 } },
  },
  {
    name: 'a deletion, and a second destination that lags behind',
    bounds: { jobs: [['a', 'b']], destinations: 2, beside: 'x', left: { free: 1, erase: 1 } },
  },
  {
    name: 'a deletion, and a late holder of a task that was stopped before',
    bounds: { jobs: [['a'], ['b']], destinations: 1, beside: 'x', left: { free: 1, erase: 1, stop: 1 } },
  },
  {
    name: 'a deletion while a task of another set writes',
    bounds: {
      ...{ jobs: [['a'], ['b']], destinations: 1, beside: 'x', isBesideOfOtherSet: true },
      left: { free: 1, erase: 1, renew: 1 },
    },
  },
  {
    name: 'a second destination that lags behind',
    bounds: { jobs: [['a', 'b'], ['b']], destinations: 2, left: { retire: 1, free: 1 } },
  },
  {
    name: 'two freeings at once',
    bounds: { jobs: [['a', 'b'], ['b']], destinations: 1, freeingsAtOnce: 2, left: { retire: 1, free: 2 } },
  },
  {
    name: 'two freeings at once, and a reader of what the first job has stored',
    bounds: {
      ...{ jobs: [['a', 'b'], ['b']], destinations: 1, freeingsAtOnce: 2, begun: 9 },
      left: { retire: 1, free: 2, read: 1 },
    },
  },
  {
    name: 'two freeings at once, and a deletion',
    bounds: {
      ...{ jobs: [['a', 'b']], destinations: 1, beside: 'x', freeingsAtOnce: 2 },
      left: { free: 2, erase: 1, renew: 1 },
    },
  },
  {
    name: 'two freeings at once, a deletion, and a task that was stopped',
    bounds: {
      ...{ jobs: [['a', 'b']], destinations: 1, beside: 'x', freeingsAtOnce: 2, begun: 5 },
      left: { free: 2, erase: 1, stop: 1, renew: 1 },
    },
  },
  {
    name: 'two freeings at once, one of which announces a pack before a backup registers one',
    bounds: {
      jobs: [['a', 'b', 'c'], ['c'], ['d']],
      ...{ destinations: 1, freeingsAtOnce: 2, begun: 20 },
      left: { retire: 1, free: 2 },
    },
  },
  {
    name: 'a pack that is away for a while',
    bounds: { jobs: [['a', 'b'], ['b']], destinations: 2, left: { retire: 1, free: 1, away: 1 } },
  },
  {
    name: 'a deletion while a pack is away',
    bounds: { jobs: [['a']], destinations: 2, beside: 'x', left: { free: 1, erase: 1, renew: 1, away: 1 } },
  },
];

const MAX_FAULTS = 4;

/** More jobs, more freeings, more readers and more faults than can be explored. */
export function boundsFrom(draw: Random): Bounds {
  const faults = Object.fromEntries(FAULTS.map((fault): [Fault, number] => [fault, draw(MAX_FAULTS)]));
  const job = () => CHUNKS.filter(() => draw(2) === 0);
  const jobs = Array.from({ length: 3 + draw(5) }, job).map((content) => (content.length > 0 ? content : ['a']));
  const destinations = draw(2) === 0 ? 1 : 2;
  const left = { ...faults, retire: draw(6), free: 1 + draw(4), read: draw(4) };
  const isErased = draw(2) === 0;
  return {
    jobs,
    destinations,
    freeingsAtOnce: 1 + draw(2),
    ...(isErased && { beside: 'x', isBesideOfOtherSet: draw(2) === 0 }),
    left: { ...left, erase: isErased ? 1 : 0, renew: draw(3) },
  };
}
