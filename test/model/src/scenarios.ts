import type { Random } from './random.js';
import { type Bounds, type Fault, FAULTS } from './world.js';

/** A world small enough to see all of it. */
export interface Scenario {
  readonly name: string;
  readonly bounds: Bounds;
}

/** One resource; three changes but where a lost database makes the world too large. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'two crawlers, one a zombie; two storages; a lost message or acknowledgement; a crash',
    bounds: { changes: [1, 2], storages: 2, faults: { lapse: 1, loss: 1, crash: 1 } },
  },
  {
    name: 'a zombie, a doubled request, a change that cannot be read',
    bounds: { changes: [1, 2], storages: 2, faults: { lapse: 1, duplicate: 1, failure: 1 } },
  },
  {
    name: 'a zombie, a crash, freed space',
    bounds: { changes: [1, 2], storages: 2, faults: { lapse: 1, crash: 1, freeing: 1 } },
  },
  {
    name: 'the database is lost; a lost message; a storage that knows the generation of before',
    bounds: { changes: [1, 2], storages: 2, faults: { 'database-lost': 1, loss: 1, stale: 1 } },
  },
  {
    name: 'the database is lost beside a zombie, with freed space and a storage that knows the generation of before',
    bounds: { changes: [1, 0], storages: 2, faults: { 'database-lost': 1, lapse: 1, freeing: 1, stale: 1 } },
  },
  {
    name: 'the database is lost twice',
    bounds: { changes: [1, 0], storages: 2, faults: { 'database-lost': 2 } },
  },
];

/** Of each kind, in a world that is too large to see all of it. */
const MAX_FAULTS = 4;

/** More changes, more storages and more faults than can be explored. */
export function boundsFrom(draw: Random): Bounds {
  const faults = Object.fromEntries(FAULTS.map((fault): [Fault, number] => [fault, draw(MAX_FAULTS + 1)]));
  return { changes: [1 + draw(3), 3 + draw(8)], storages: 1 + draw(3), faults };
}
