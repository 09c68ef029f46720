import { crawlerMoves } from './crawler-moves.js';
import { deletions, faultMoves, healingMoves, schedulerMoves } from './environment-moves.js';
import { type Game, keyFrom, type Moves, unordered } from './game.js';
import { brokenPromise, unfinished } from './invariants.js';
import type { Protocol } from './protocol.js';
import { lostAcknowledgements, storageMoves } from './storage-moves.js';
import { type Bounds, firstWorld, type World } from './world.js';

/** The commit protocol in a world of these bounds. */
export function commitGame(bounds: Bounds, protocol: Protocol): Game<World> {
  return {
    first: firstWorld(bounds),
    movesFrom: (world) => movesFrom(world, protocol),
    brokenPromise: (world) => brokenPromise(world, protocol),
    unfinished,
    keyOf,
  };
}

function movesFrom(world: World, protocol: Protocol): Moves<World> {
  const moving = [
    ...crawlerMoves(world, protocol),
    ...storageMoves(world, protocol),
    ...schedulerMoves(world),
    ...deletions(world),
  ];
  const ordinary = moving.length > 0 ? moving : [...healingMoves(world)];
  const faults = [
    ...faultMoves(world, protocol),
    ...(world.left.loss > 0 ? lostAcknowledgements(world, protocol) : []),
  ];
  return { ordinary, faults, isAtRest: ordinary.length === 0 };
}

/** The order of messages, of names, and in which storage process does what do not matter. */
function keyOf({ net, storages, packs, objects, sealed, db, ...rest }: World): string {
  const { index, pins, snapshots, ...row } = db;
  const named = (record: Readonly<Record<string, unknown>>) => unordered(Object.entries(record));
  return keyFrom([
    rest,
    row,
    [index, pins, snapshots, packs, objects, sealed].map(named),
    unordered(net),
    unordered(storages),
  ]);
}
