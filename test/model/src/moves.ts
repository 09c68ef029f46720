import { crawlerMoves } from './crawler-moves.js';
import { deletions, faultMoves, healingMoves, schedulerMoves } from './environment-moves.js';
import type { Protocol } from './protocol.js';
import { lostAcknowledgements, storageMoves } from './storage-moves.js';
import type { Move, World } from './world.js';

/** All that may happen next. `isAtRest`: nothing does unless something goes wrong. */
export interface Moves {
  readonly ordinary: readonly Move[];
  readonly faults: readonly Move[];
  readonly isAtRest: boolean;
}

export function movesFrom(world: World, protocol: Protocol): Moves {
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
