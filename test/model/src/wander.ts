import { brokenPromise, unfinished } from './invariants.js';
import type { Finding } from './explore.js';
import { movesFrom } from './moves.js';
import type { Protocol } from './protocol.js';
import { random, type Random } from './random.js';
import { type Bounds, type Fault, FAULTS, firstWorld, type Move } from './world.js';

/** Of how many moves one is a fault, where one is possible. */
const FAULT_ONE_IN = 10;
/** Of each kind. */
const MAX_FAULTS = 4;

interface Walk {
  readonly moves: number;
  readonly finding: Finding | undefined;
}

/** One long schedule, the same for the same seed: more changes, more storages and more faults than can be explored. */
function wander(seed: number, protocol: Protocol): Walk {
  const draw = random(seed);
  let world = firstWorld(boundsFrom(draw));
  const schedule: Move[] = [];
  const result = (what: string | undefined): Walk => ({
    moves: schedule.length,
    finding: what === undefined ? undefined : { what, schedule: schedule.map(({ text }) => text()) },
  });
  for (;;) {
    const { ordinary, faults, isAtRest } = movesFrom(world, protocol);
    const isFault = faults.length > 0 && draw(FAULT_ONE_IN) === 0;
    if (isAtRest && !isFault) return result(unfinished(world));
    const among = isFault ? faults : ordinary;
    const move = among[draw(among.length)];
    if (!move) throw new Error('nothing to choose from');
    schedule.push(move);
    world = move.make();
    const what = brokenPromise(world, protocol);
    if (what !== undefined) return result(what);
  }
}

export interface Walks {
  readonly moves: number;
  /** Moves of the longest schedule. */
  readonly longest: number;
  readonly findings: readonly { readonly seed: number; readonly finding: Finding }[];
}

/** Findings that are kept of many schedules. */
const MAX_FINDINGS = 3;

/** The schedules of the seeds `from`, `from` + 1, … */
export function wanderMany(from: number, count: number, protocol: Protocol): Walks {
  let [total, longest] = [0, 0];
  const findings: { seed: number; finding: Finding }[] = [];
  for (let seed = from; seed < from + count && findings.length < MAX_FINDINGS; seed += 1) {
    const { moves, finding } = wander(seed, protocol);
    total += moves;
    longest = Math.max(longest, moves);
    if (finding) findings.push({ seed, finding });
  }
  return { moves: total, longest, findings };
}

function boundsFrom(draw: Random): Bounds {
  const faults = Object.fromEntries(FAULTS.map((fault): [Fault, number] => [fault, draw(MAX_FAULTS + 1)]));
  return { changes: [1 + draw(3), 3 + draw(8)], storages: 1 + draw(3), faults };
}
