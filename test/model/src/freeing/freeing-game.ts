import { type Game, keyFrom, type Moves, unordered } from '../game.js';
import { destinationFaults, destinationMoves } from './destination-moves.js';
import { begins, freeingFaults, freeingMoves } from './freeing-moves.js';
import { deletionMoves, readerMoves } from './people-moves.js';
import { brokenPromise, unfinished } from './invariants.js';
import type { Rules } from './rules.js';
import { type Bounds, firstWorld, type Move, spend, type World } from './world.js';
import { renews, writerFaults, writerMoves } from './writer-moves.js';

/** Space freeing beside a writer, a late holder, retention and readers, in a world of these bounds. */
export function freeingGame(bounds: Bounds, rules: Rules): Game<World> {
  return {
    first: begun(firstWorld(bounds), bounds.begun ?? 0, rules),
    movesFrom: (world) => movesFrom(world, rules),
    brokenPromise,
    unfinished,
    keyOf,
  };
}

function begun(world: World, moves: number, rules: Rules): World {
  const [next] = writerMoves(world, rules);
  return moves > 0 && next ? begun(next.make(), moves - 1, rules) : world;
}

function movesFrom(world: World, rules: Rules): Moves<World> {
  const ordinary = [
    ...writerMoves(world, rules),
    ...freeingMoves(world, rules),
    ...destinationMoves(world, rules),
    ...readerMoves(world, rules),
    ...deletionMoves(world),
  ];
  if (ordinary.length === 0) ordinary.push(...lastMoves(world));
  return {
    ordinary,
    faults: [...writerFaults(world), ...freeingFaults(world), ...destinationFaults(world)],
    isAtRest: ordinary.length === 0,
  };
}

/** What scheduler does by itself for a deletion whose bytes are not gone: it has the newest snapshot stated anew, then frees once more. */
function* lastMoves(world: World): Generator<Move> {
  if (world.erasure === null || world.left.last === 0) return;
  const spent = spend(world, 'last');
  yield spent.left.last > 0 ? renews(spent) : begins(spent);
}

/** Names and the order of what happened do not matter. */
function keyOf({ packs, index, stamps, doubles, pins, due, writers, readers, freeings, ...rest }: World): string {
  const named = (record: Readonly<Record<string, unknown>>) => unordered(Object.entries(record));
  return keyFrom([
    rest,
    [packs, index, stamps].map(named),
    [doubles, pins, due, writers, readers, freeings].map(unordered),
  ]);
}
