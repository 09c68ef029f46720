import { type Game, keyFrom, type Moves, unordered } from '../game.js';
import { destinationMoves, freeingFaults, freeingMoves, readerMoves } from './freeing-moves.js';
import { brokenPromise, unfinished } from './invariants.js';
import type { Rules } from './rules.js';
import { type Bounds, firstWorld, type World } from './world.js';
import { writerFaults, writerMoves } from './writer-moves.js';

/** Space freeing beside a writer, a late holder, retention and readers, in a world of these bounds. */
export function freeingGame(bounds: Bounds, rules: Rules): Game<World> {
  return {
    first: firstWorld(bounds),
    movesFrom: (world) => movesFrom(world, rules),
    brokenPromise,
    unfinished,
    keyOf,
  };
}

function movesFrom(world: World, rules: Rules): Moves<World> {
  const ordinary = [
    ...writerMoves(world, rules),
    ...freeingMoves(world, rules),
    ...destinationMoves(world, rules),
    ...readerMoves(world, rules),
  ];
  return { ordinary, faults: [...writerFaults(world), ...freeingFaults(world)], isAtRest: ordinary.length === 0 };
}

/** Names and the order of what happened do not matter. */
function keyOf({ packs, index, stamps, doubles, pins, due, writers, readers, ...rest }: World): string {
  const named = (record: Readonly<Record<string, unknown>>) => unordered(Object.entries(record));
  return keyFrom([rest, [packs, index, stamps].map(named), [doubles, pins, due, writers, readers].map(unordered)]);
}
