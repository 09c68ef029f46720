import { hash } from 'node:crypto';
import { brokenPromise, unfinished } from './invariants.js';
import { movesFrom } from './moves.js';
import type { Protocol } from './protocol.js';
import { type Bounds, firstWorld, type World } from './world.js';

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
export function explore(bounds: Bounds, protocol: Protocol, maxStates = Number.POSITIVE_INFINITY): Exploration {
  const first = firstWorld(bounds);
  const seen = new Map<string, number>([[keyOf(first), 0]]);
  /** For each state by its number: the state it was reached from, and the place of the move among that one's. */
  const cameFrom: number[] = [-1];
  const cameBy: number[] = [-1];
  let [frontier, depth, ends] = [[{ world: first, number: 0 }], 0, 0];
  const result = (isWhole: boolean, finding?: Finding) => ({ states: seen.size, depth, ends, isWhole, finding });
  const scheduleTo = (number: number) => schedule(first, protocol, wayTo(number, cameFrom, cameBy));
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { world, number } of frontier) {
      const { ordinary, faults, isAtRest } = movesFrom(world, protocol);
      if (isAtRest) {
        ends += 1;
        const what = unfinished(world);
        if (what !== undefined) return result(false, { what, schedule: scheduleTo(number) });
      }
      for (const [place, move] of [...ordinary, ...faults].entries()) {
        const after = move.make();
        const key = keyOf(after);
        if (seen.has(key)) continue;
        const known = seen.size;
        seen.set(key, known);
        cameFrom.push(number);
        cameBy.push(place);
        const what = brokenPromise(after, protocol);
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

function schedule(first: World, protocol: Protocol, way: readonly number[]): string[] {
  let world = first;
  return way.map((place) => {
    const { ordinary, faults } = movesFrom(world, protocol);
    const move = [...ordinary, ...faults][place];
    if (!move) throw new Error('the model does not repeat itself');
    world = move.make();
    return move.text();
  });
}

/** The same for worlds that differ only in the order of messages, of names, or in which storage process does what. */
function keyOf({ net, storages, packs, objects, sealed, db, ...rest }: World): string {
  const { index, pins, snapshots, ...row } = db;
  const unordered = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each ?? null)).sort();
  const named = (record: Readonly<Record<string, unknown>>) => unordered(Object.entries(record));
  const key = [
    rest,
    row,
    [index, pins, snapshots, packs, objects, sealed].map(named),
    unordered(net),
    unordered(storages),
  ];
  return hash('sha1', JSON.stringify(key), 'base64');
}
