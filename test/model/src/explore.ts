import type { Game } from './game.js';

export interface Finding {
  readonly what: string;
  /** How to get there from the first world, a line a move. */
  readonly schedule: readonly string[];
}

export interface Exploration {
  readonly states: number;
  /** The longest of the shortest ways to a state, in moves. */
  readonly depth: number;
  /** States in which nothing moves any more. */
  readonly ends: number;
  /** False where the limit was reached first. */
  readonly isWhole: boolean;
  readonly finding: Finding | undefined;
}

/** Visits every world that any order of moves leads to, the nearest first, so that a finding comes with a shortest schedule. */
export function explore<World>(game: Game<World>, maxStates = Number.POSITIVE_INFINITY): Exploration {
  const seen = new Map<string, number>([[game.keyOf(game.first), 0]]);
  /** For each state by its number: the state it was reached from, and the place of the move among that one's. */
  const cameFrom: number[] = [-1];
  const cameBy: number[] = [-1];
  let [frontier, depth, ends] = [[{ world: game.first, number: 0 }], 0, 0];
  const result = (isWhole: boolean, finding?: Finding) => ({ states: seen.size, depth, ends, isWhole, finding });
  const scheduleTo = (number: number) => schedule(game, wayTo(number, cameFrom, cameBy));
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { world, number } of frontier) {
      const { ordinary, faults, isAtRest } = game.movesFrom(world);
      if (isAtRest) {
        ends += 1;
        const what = game.unfinished(world);
        if (what !== undefined) return result(false, { what, schedule: scheduleTo(number) });
      }
      for (const [place, move] of [...ordinary, ...faults].entries()) {
        const after = move.make();
        const key = game.keyOf(after);
        if (seen.has(key)) continue;
        const known = seen.size;
        seen.set(key, known);
        cameFrom.push(number);
        cameBy.push(place);
        const what = game.brokenPromise(after);
        if (what !== undefined) return result(false, { what, schedule: scheduleTo(known) });
        next.push({ world: after, number: known });
      }
      if (seen.size >= maxStates) return result(false);
    }
    if (next.length > 0) depth += 1;
    frontier = next;
  }
  return result(true);
}

function wayTo(number: number, cameFrom: readonly number[], cameBy: readonly number[]): number[] {
  const way: number[] = [];
  for (let at = number; at > 0; at = cameFrom[at] ?? 0) way.unshift(cameBy[at] ?? 0);
  return way;
}

function schedule<World>(game: Game<World>, way: readonly number[]): string[] {
  let world = game.first;
  return way.map((place) => {
    const { ordinary, faults } = game.movesFrom(world);
    const move = [...ordinary, ...faults][place];
    if (!move) throw new Error('the model does not repeat itself');
    world = move.make();
    return move.text();
  });
}
