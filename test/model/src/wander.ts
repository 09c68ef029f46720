import type { Finding } from './explore.js';
import type { Game, Move } from './game.js';
import { random, type Random } from './random.js';

/** Of how many moves one is a fault, where one is possible. */
const FAULT_ONE_IN = 10;
interface Walk {
  readonly moves: number;
  readonly finding: Finding | undefined;
}

/** One long schedule, the same for the same numbers. */
function wander<World>(game: Game<World>, draw: Random): Walk {
  let world = game.first;
  const schedule: Move<World>[] = [];
  const result = (what: string | undefined): Walk => ({
    moves: schedule.length,
    finding: what === undefined ? undefined : { what, schedule: schedule.map(({ text }) => text()) },
  });
  for (;;) {
    const { ordinary, faults, isAtRest } = game.movesFrom(world);
    const isFault = faults.length > 0 && draw(FAULT_ONE_IN) === 0;
    if (isAtRest && !isFault) return result(game.unfinished(world));
    const among = isFault ? faults : ordinary;
    const move = among[draw(among.length)];
    if (!move) throw new Error('nothing to choose from');
    schedule.push(move);
    world = move.make();
    const what = game.brokenPromise(world);
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

/** The schedules of the seeds `from`, `from` + 1, …, each in a world drawn by chance, larger than what can be explored. */
export function wanderMany<World>(from: number, count: number, drawn: (draw: Random) => Game<World>): Walks {
  let [total, longest] = [0, 0];
  const wanderFrom = (seed: number) => {
    const draw = random(seed);
    return wander(drawn(draw), draw);
  };
  const findings: { seed: number; finding: Finding }[] = [];
  for (let seed = from; seed < from + count && findings.length < MAX_FINDINGS; seed += 1) {
    const { moves, finding } = wanderFrom(seed);
    total += moves;
    longest = Math.max(longest, moves);
    if (finding) findings.push({ seed, finding });
  }
  return { moves: total, longest, findings };
}
