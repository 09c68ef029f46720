import { isStanding, snapshotOf, type World } from './world.js';

/** What is wrong with a world; undefined where all promises hold. */
export function brokenPromise(world: World): string | undefined {
  if (world.broken !== '') return world.broken;
  return lostChunk(world) ?? unrecoverable(world) ?? notErased(world);
}

/** Every chunk that a kept snapshot needs is found in a pack that stays. */
function lostChunk(world: World): string | undefined {
  for (const { number, needs, isLetGo } of world.snapshots)
    for (const chunk of isLetGo ? [] : needs) {
      const pack = world.index[chunk] ?? 0;
      if (!isStanding(world, pack) || !world.packs[pack]?.chunks.includes(chunk))
        return `kept snapshot ${number} needs ${chunk}, and pack ${pack} is ${world.packs[pack]?.state ?? 'nowhere'}`;
      if (!world.destinations.some(({ packs }) => packs.includes(pack)))
        return `kept snapshot ${number} needs ${chunk}, and no destination holds pack ${pack}`;
    }
  return undefined;
}

/** Whoever has the first destination and no server finds every snapshot whole that he would take for whole. */
function unrecoverable(world: World): string | undefined {
  const shown = shownAt(world, 0);
  const broken = shown.find((number) => !isWholeAt(world, 0, number));
  if (broken !== undefined) return `destination 1 alone shows snapshot ${broken}, which is not whole there`;
  const head = snapshotOf(world, world.head);
  if (head?.isVisible && !head.isRetired && !shown.includes(head.number))
    return `a rebuild from destination 1 would not find snapshot ${head.number}`;
  return undefined;
}

/** A deletion that is certified as freed has left nothing in any pack that the vault has. */
function notErased(world: World): string | undefined {
  const { beside, isBesideGone, erasure, packs } = world;
  if (beside === undefined || !isBesideGone || erasure !== null) return undefined;
  const left = Object.entries(packs).find(
    ([number, { chunks }]) => isStanding(world, Number(number)) && chunks.includes(beside),
  );
  return left && `the deletion of ${beside} is certified, and pack ${left[0]} has it`;
}

/** The snapshots that recovery would take for whole at a destination (libs/recovery/src/read-chains.ts). */
export function shownAt({ destinations, snapshots }: World, at: number): readonly number[] {
  const there = destinations[at];
  const listed = snapshots.filter(({ number }) => there?.snapshots.includes(number));
  const named = listed.filter(({ names }) => names.every((name) => there?.packs.includes(name)));
  const newest = Math.max(0, ...named.map(({ number }) => number));
  return listed.map(({ number }) => number).filter((number) => number <= newest);
}

/** A destination that lags behind may show one that is not. */
export function isWholeAt(world: World, at: number, number: number): boolean {
  const chunks = new Set(world.destinations[at]?.packs.flatMap((pack) => world.packs[pack]?.chunks ?? []));
  return snapshotOf(world, number)?.needs.every((chunk) => chunks.has(chunk)) === true;
}

/** What is wrong with a world in which nothing moves any more. */
export function unfinished({ task, jobs, freeings, erasure }: World): string | undefined {
  if (freeings.length > 0) return 'a freeing stands still';
  if (task.state !== 'ended' || Math.floor(task.job) + 1 < jobs.length) return 'a task makes no progress';
  // By then the newest snapshot was stated anew, and a freeing followed.
  return erasure === null ? undefined : 'what was deleted lies on, and no freeing takes it';
}
