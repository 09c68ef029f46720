import { isWholeAt, shownAt } from './invariants.js';
import type { Rules } from './rules.js';
import {
  again,
  type Due,
  isLive,
  isStanding,
  type Move,
  type Pack,
  putAt,
  spend,
  withPack,
  type World,
} from './world.js';

/** What whichever storage does when it comes to it: services/storage/src/app/{delete-condemned,copy-due-objects}.ts. */
export function* destinationMoves(world: World, rules: Rules): Generator<Move> {
  for (const due of world.due)
    if (mayDelete(world, due, rules))
      yield {
        text: () => `storage    deletes ${due.is} ${due.number} at destination ${due.at + 1}`,
        make: () => deleted(world, due),
      };
  if (world.destinations.length < 2) return;
  for (const { is, number } of owedAt(world, 1, Infinity))
    yield {
      text: () => `storage    copies ${is} ${number} to destination 2`,
      make: () =>
        putAt(is === 'pack' ? returned(world, number) : world, 1, is === 'pack' ? 'packs' : 'snapshots', number),
    };
}

/** Somebody sees that the first destination is down: what lies there alone is away until a copy of it comes (services/storage/src/app/find-away-packs.ts). */
export function* destinationFaults(world: World): Generator<Move> {
  if (world.left.away === 0 || world.destinations.length < 2) return;
  for (const number of Object.keys(world.packs).map(Number))
    if (isLive(world, number) && world.destinations[1]?.packs.includes(number) === false)
      yield {
        text: () => `storage    finds pack ${number} away`,
        make: () => withState(again(spend(world, 'away')), number, 'away'),
      };
}

/** A deletion that waited for it is looked at once more. */
function returned(world: World, number: number): World {
  return world.packs[number]?.state === 'away' ? withState(again(world), number, 'live') : world;
}

function withState(world: World, number: number, state: Pack['state']): World {
  return withPack(world, number, { chunks: world.packs[number]?.chunks ?? [], state });
}

function mayDelete(world: World, { is, at, after }: Due, rules: Rules): boolean {
  const isFirst = (other: Due) => other.is === 'snapshot' && other.at === at && other.after <= after;
  return rules.mayDelete({
    hasRested: true,
    isBehind: owedAt(world, at, after).length > 0,
    hasSnapshotFirst: is === 'pack' && world.due.some(isFirst),
  });
}

/** Copies of objects up to a stamp that the destination lacks. */
function owedAt(world: World, at: number, upTo: number): readonly Pick<Due, 'is' | 'number'>[] {
  const there = world.destinations[at];
  if (!there) return [];
  const packs = Object.keys(world.packs)
    .map(Number)
    .filter((pack) => isStanding(world, pack) && !there.packs.includes(pack) && (world.stamps[pack] ?? 0) <= upTo);
  const snapshots = world.snapshots.filter(
    ({ isVisible, isLetGo, number, stamp }) =>
      isVisible && !isLetGo && !there.snapshots.includes(number) && stamp <= upTo,
  );
  return [
    ...packs.map((number) => ({ is: 'pack' as const, number })),
    ...snapshots.map(({ number }) => ({ is: 'snapshot' as const, number })),
  ];
}

function deleted(world: World, due: Due): World {
  const holds = due.is === 'pack' ? 'packs' : 'snapshots';
  const destinations = world.destinations.map((each, at) =>
    at === due.at ? { ...each, [holds]: each[holds].filter((number) => number !== due.number) } : each,
  );
  const deletedThere = { ...world, destinations, due: world.due.filter((other) => other !== due) };
  const whole = shownAt(world, due.at).filter((number) => isWholeAt(world, due.at, number));
  const lost = whole.find((number) => due.is === 'pack' && !isWholeAt(deletedThere, due.at, number));
  const broken = lost === undefined ? '' : `snapshot ${lost} is whole at destination ${due.at + 1} no more`;
  const after = { ...deletedThere, broken };
  const isHeld = after.destinations.some((each) => each[holds].includes(due.number));
  const isPinned = after.pins.some(([pack]) => pack === due.number);
  return due.is === 'pack' && !isHeld && !isPinned ? forget(after, due.number) : after;
}

function forget(world: World, pack: number): World {
  const index = Object.fromEntries(Object.entries(world.index).filter(([, holder]) => holder !== pack));
  const doubles = world.doubles.filter(([later]) => later !== pack);
  return withPack({ ...world, index, doubles }, pack, { chunks: [], state: 'forgotten' });
}
