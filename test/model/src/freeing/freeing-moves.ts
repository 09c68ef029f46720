import { isWholeAt, shownAt } from './invariants.js';
import type { Rules } from './rules.js';
import {
  type Due,
  type Erasure,
  type Freeing,
  isLive,
  type Move,
  putAt,
  type Snapshot,
  snapshotOf,
  again,
  spend,
  withPack,
  type World,
} from './world.js';
import { stamped } from './writer-moves.js';

/** How a freeing goes on: services/storage/src/app/{free-space,decide-packs,condemn-packs,repack-packs}.ts. */
export function* freeingMoves(world: World, rules: Rules): Generator<Move> {
  const { freeing } = world;
  if (!freeing) {
    if (world.left.free > 0) yield begins(spend(world, 'free'));
    return;
  }
  const move = (what: string, make: () => World): Move => ({ text: () => `freeing    ${what}`, make });
  switch (freeing.at) {
    case 'asking':
      yield move('asks who works', () => ask(world, freeing));
      return;
    case 'fencing':
      yield move('fences whoever has no open task', () => fence(world, freeing, rules));
      return;
    case 'letting-go':
      yield move('lets go of snapshots', () => letGo(world, freeing, rules));
      return;
    case 'looking':
      yield move('sees which snapshots are stored', () =>
        go(world, { ...freeing, at: 'tallying', upTo: world.snapshots.length }),
      );
      return;
    case 'tallying':
      yield move('marks, and holds it against the index', () => decide(world, freeing, rules));
      return;
    case 'condemning':
      yield* condemning(world, freeing, rules, move);
  }
}

type Named = (what: string, make: () => World) => Move;

/** One more, that scheduler starts by itself. */
export const begins = (world: World): Move => ({ text: () => 'freeing    begins', make: () => begin(world) });

function begin(world: World): World {
  return {
    ...world,
    // Its own task has an epoch of the same sequence.
    nextEpoch: world.nextEpoch + 1,
    freeing: {
      at: 'asking',
      newestPack: world.nextPack - 1,
      highestEpoch: world.epoch,
      retired: world.snapshots.flatMap(({ isRetired, number }) => (isRetired ? [number] : [])),
      pinnedJobs: [...new Set(world.pins.map(([, job]) => job))].sort(),
      open: null,
      upTo: 0,
      late: [],
      condemn: [],
      repack: [],
      made: 0,
      erasure: world.erasure,
      isBesideGone: world.isBesideGone,
      dead: [],
      inUse: 0,
    },
  };
}

function ask(world: World, freeing: Freeing): World {
  const { state, ...open } = world.task;
  return go(world, { ...freeing, at: 'fencing', open: state === 'ended' ? null : open });
}

function fence(world: World, freeing: Freeing, rules: Rules): World {
  const { epochAfterBegin, unpinsByEpoch } = rules;
  const { open, highestEpoch, pinnedJobs } = freeing;
  const epoch = epochAfterBegin({
    epoch: world.epoch,
    highestAtBegin: highestEpoch,
    isEpochOfOpenTask: open?.epoch === world.epoch,
  });
  const isLater = (by: number) => unpinsByEpoch && by > highestEpoch;
  const pins = world.pins.filter(([, job, by]) => !pinnedJobs.includes(job) || job === open?.job || isLater(by));
  const after = { ...world, epoch, pins, erasure: reached(world, freeing, rules) };
  const erasure = after.erasure && freeing.erasure?.since === after.erasure.since ? after.erasure : freeing.erasure;
  return go(after, { ...freeing, erasure, at: 'letting-go' });
}

/** Whoever wrote before the removal is fenced, or has an open task, which is waited for. */
function reached({ erasure, nextPack }: World, { erasure: known, open }: Freeing, rules: Rules): Erasure | null {
  if (!erasure || !known || erasure.isClosed || erasure.since !== known.since) return erasure;
  const isOld = open !== null && open.firstEpoch > 0 && open.firstEpoch < erasure.since;
  const newestPack = rules.reachesToTheFence ? nextPack - 1 : erasure.newestPack;
  return { ...erasure, newestPack, isClosed: !isOld || !rules.waitsForOldTasks };
}

function letGo(world: World, freeing: Freeing, rules: Rules): World {
  const goes = ({ number, isRetired, isLetGo }: Snapshot): boolean => {
    const isRead = world.readers.some(({ snapshot }) => snapshot === number);
    const standing = {
      isRetired: rules.letsGoWhatWasRetiredBefore ? freeing.retired.includes(number) : isRetired,
      readAt: isRead ? 100 : undefined,
      isParentOfOpenTask:
        freeing.open !== null && (number === world.head || (freeing.open.isRenewal && rules.protectsAllOfRenewed)),
    };
    return !isLetGo && rules.mayLetGo(standing, 100, 10);
  };
  const going = world.snapshots.filter(goes).map(({ number }) => number);
  const snapshots = world.snapshots.map((each) => (going.includes(each.number) ? { ...each, isLetGo: true } : each));
  const due = going.flatMap((number) => dueOf(world, 'snapshot', number));
  return go({ ...world, snapshots, due: [...world.due, ...due] }, { ...freeing, at: 'looking' });
}

function decide(world: World, freeing: Freeing, rules: Rules): World {
  const kept = world.snapshots.filter(({ isLetGo, number }) => !isLetGo && number <= freeing.upTo);
  const needed = new Set(kept.flatMap(({ needs }) => needs));
  if (world.beside !== undefined && !freeing.isBesideGone) needed.add(world.beside);
  const newest = Math.max(0, ...kept.filter(({ isVisible }) => isVisible).map(({ number }) => number));
  const named = new Set(kept.filter(({ number }) => number >= newest).flatMap(({ names }) => names));
  const condemn: number[] = [];
  const dead: number[] = [];
  const repack: { from: number; chunks: readonly string[] }[] = [];
  for (const [key, pack] of Object.entries(world.packs)) {
    const number = Number(key);
    if (pack.state !== 'live' || number > freeing.newestPack) continue;
    const chunks = pack.chunks.filter((chunk) => needed.has(chunk) && world.index[chunk] === number);
    const isSince = (of: number) => freeing.open !== null && freeing.open.begunAt >= 0 && of > freeing.open.begunAt;
    const doubled = world.doubles.flatMap(([later, holder]) => (holder === number ? [later] : []));
    const verdict = rules.decidePack(
      {
        bytes: 10 * pack.chunks.length,
        neededChunks: chunks.length,
        neededBytes: 10 * chunks.length,
        isRecent: isSince(number) || doubled.some((later) => isSince(later) || later > freeing.newestPack),
        isInUse: world.pins.some(([of]) => of === number),
        isNamedByNewest: named.has(number),
        isBeforeDeletion: freeing.erasure !== null && number <= freeing.erasure.newestPack,
        isMergeable: false,
      },
      { deadShare: 0.5, smallBytes: 0 },
    );
    if (chunks.length < pack.chunks.length) dead.push(number);
    if (verdict.do === 'condemn') condemn.push(number);
    if (verdict.do === 'repack') repack.push({ from: number, chunks });
  }
  const inUse = kept.filter(({ number }) => freeing.retired.includes(number)).length;
  return go(world, { ...freeing, at: 'condemning', condemn, repack, dead, inUse });
}

function* condemning(world: World, freeing: Freeing, rules: Rules, move: Named): Generator<Move> {
  const [first, ...rest] = freeing.condemn;
  if (first !== undefined) {
    yield move(`condemns pack ${first}`, () => {
      const decision = decideOn(world, freeing, first, rules);
      if (decision === 'mark-first') return markLate(world, freeing);
      const after = decision === 'condemn' ? condemn(world, first) : world;
      return go(after, { ...freeing, condemn: rest });
    });
    return;
  }
  const [copy, ...copies] = freeing.repack;
  if (!copy) {
    yield move('is through', () => through(world, freeing, rules));
    return;
  }
  if (freeing.made === 0) {
    yield move(`copies ${copy.chunks.join(', ')} of pack ${copy.from} into pack ${world.nextPack}`, () => {
      const made = withPack(world, world.nextPack, { chunks: copy.chunks, state: 'made' });
      const put = putAt({ ...made, nextPack: world.nextPack + 1 }, 0, 'packs', world.nextPack);
      return go(stamped(put, world.nextPack), { ...freeing, made: world.nextPack });
    });
    return;
  }
  yield move(`puts pack ${freeing.made} in the place of pack ${copy.from}`, () => {
    const decision = decideOn(world, freeing, copy.from, rules);
    if (decision === 'mark-first') return markLate(world, freeing);
    const next = { ...freeing, repack: copies, made: 0 };
    if (decision === 'leave') return go(world, next);
    const moved = copy.chunks.filter((chunk) => world.index[chunk] === copy.from);
    const index = { ...world.index, ...Object.fromEntries(moved.map((chunk) => [chunk, freeing.made])) };
    const erasure = rules.extendsErasure ? extended(world, freeing) : world.erasure;
    const taken = withPack({ ...world, index, erasure }, freeing.made, { chunks: copy.chunks, state: 'live' });
    return go(condemn(taken, copy.from), next);
  });
}

/** What was removed while it ran may be among what it copied, since it was needed when it marked. */
function extended({ erasure }: World, freeing: Freeing): Erasure | null {
  if (!erasure || erasure.since === freeing.erasure?.since) return erasure;
  return { ...erasure, newestPack: Math.max(erasure.newestPack, freeing.made) };
}

/** The note of a deletion goes where nothing is left of what it stands for, and nothing was removed since. */
function through(world: World, freeing: Freeing, { looksWhatIsLeft }: Rules): World {
  const { erasure, dead, inUse, newestPack } = freeing;
  if (!erasure || erasure.since !== world.erasure?.since) return { ...world, freeing: null };
  const left = dead.filter((pack) => isLive(world, pack) && pack <= erasure.newestPack);
  const isLookedAt = erasure.isClosed && erasure.newestPack <= newestPack;
  const isDone = (left.length === 0 && inUse === 0 && isLookedAt) || !looksWhatIsLeft;
  return { ...world, freeing: null, erasure: isDone ? null : world.erasure };
}

function decideOn(world: World, freeing: Freeing, pack: number, { decideCondemning, marksLate }: Rules) {
  const held = (world.packs[pack]?.chunks ?? []).filter((chunk) => world.index[chunk] === pack);
  return decideCondemning({
    hasUnmarked: world.snapshots.length > freeing.upTo,
    isLive: isLive(world, pack),
    isPinned:
      world.pins.some(([of]) => of === pack) ||
      world.doubles.some(([later, holder]) => holder === pack && later > freeing.newestPack),
    isNeededSince: marksLate && held.some((chunk) => freeing.late.includes(chunk)),
  });
}

function markLate(world: World, freeing: Freeing): World {
  const came = world.snapshots.filter(({ number }) => number > freeing.upTo).flatMap(({ needs }) => needs);
  const late = [...new Set([...freeing.late, ...came])].sort();
  return go(world, { ...freeing, late, upTo: world.snapshots.length });
}

function condemn(world: World, pack: number): World {
  const { chunks = [] } = world.packs[pack] ?? {};
  return {
    ...withPack(world, pack, { chunks, state: 'condemned' }),
    due: [...world.due, ...dueOf(world, 'pack', pack)],
  };
}

function dueOf(world: World, is: Due['is'], number: number): readonly Due[] {
  const after = world.nextStamp - 1;
  const holds = is === 'pack' ? 'packs' : 'snapshots';
  return world.destinations.flatMap((each, at) => (each[holds].includes(number) ? [{ is, number, at, after }] : []));
}

function go(world: World, freeing: Freeing): World {
  return { ...world, freeing };
}

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
      make: () => putAt(world, 1, is === 'pack' ? 'packs' : 'snapshots', number),
    };
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
    .filter((pack) => isLive(world, pack) && !there.packs.includes(pack) && (world.stamps[pack] ?? 0) <= upTo);
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

/** A freeing dies; the next begins anew. */
export function* freeingFaults(world: World): Generator<Move> {
  if (world.freeing && world.left.crash > 0)
    yield { text: () => 'freeing    crashes', make: () => ({ ...again(spend(world, 'crash')), freeing: null }) };
}

/** What was stored beside goes on request: no backup of its set runs then, but holders of tasks that were stopped may sleep. */
export function* deletionMoves(world: World): Generator<Move> {
  const { left, task, isBesideOfOtherSet, nextPack, nextEpoch, writers } = world;
  if (left.erase === 0 || (task.state !== 'ended' && !isBesideOfOtherSet)) return;
  yield {
    text: () => `deletion   removes the resource of ${world.beside ?? 'nothing'}`,
    make: () => ({
      ...spend(world, 'erase'),
      isBesideGone: true,
      nextEpoch: nextEpoch + 1,
      erasure: { newestPack: nextPack - 1, since: nextEpoch, isClosed: false },
      // Whoever has not opened its chain shares no packs yet.
      writers: writers.map((each) => ({ ...each, holdsGone: each.at !== 'opening' })),
    }),
  };
}

/** Retention, and people who read. */
export function* readerMoves(world: World, { readersAskAgain }: Rules): Generator<Move> {
  for (const { number, isVisible, isRetired, isLetGo } of world.snapshots) {
    if (world.left.retire > 0 && isVisible && !isRetired)
      yield {
        text: () => `retention  lets go of snapshot ${number}`,
        make: () => {
          const snapshots = world.snapshots.map((each) =>
            each.number === number ? { ...each, isRetired: true } : each,
          );
          return spend({ ...world, snapshots }, 'retire');
        },
      };
    if (world.left.read > 0 && isVisible && !isLetGo)
      yield { text: () => `reader     opens snapshot ${number}`, make: () => openToRead(spend(world, 'read'), number) };
  }
  for (const [at, reader] of world.readers.entries()) {
    const [chunk, ...rest] = reader.left;
    const set = (next: typeof reader | undefined, broken = ''): World => ({
      ...world,
      readers: next ? world.readers.with(at, next) : world.readers.toSpliced(at, 1),
      broken,
    });
    if (chunk === undefined) yield { text: () => `reader     ends`, make: () => set(undefined) };
    else if (reader.place === 0)
      yield {
        text: () => `reader     asks where ${chunk} lies`,
        make: () => {
          const place = world.index[chunk];
          return place === undefined ? set(undefined, lost(reader.snapshot, chunk)) : set({ ...reader, place });
        },
      };
    else
      yield {
        text: () => `reader     reads ${chunk} from pack ${reader.place}`,
        make: () => {
          if (isReadable(world, reader.place)) return set({ ...reader, left: rest, place: 0 });
          const isMoved = readersAskAgain && world.index[chunk] !== reader.place;
          return isMoved ? set({ ...reader, place: 0 }) : set(undefined, lost(reader.snapshot, chunk));
        },
      };
  }
}

function openToRead(world: World, number: number): World {
  const { needs = [] } = snapshotOf(world, number) ?? {};
  return { ...world, readers: [...world.readers, { snapshot: number, left: needs, place: 0 }] };
}

const lost = (snapshot: number, chunk: string) => `a reader of snapshot ${snapshot} does not find ${chunk}`;

const isReadable = ({ destinations }: World, pack: number) => destinations.some(({ packs }) => packs.includes(pack));
