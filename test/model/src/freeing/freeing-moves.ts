import type { Rules } from './rules.js';
import {
  type Due,
  type Erasure,
  type Freeing,
  isLive,
  isStanding,
  type Move,
  newestPack,
  putAt,
  type Snapshot,
  again,
  spend,
  withPack,
  type World,
} from './world.js';
import { stamped } from './writer-moves.js';

/** How a freeing goes on: services/storage/src/app/{free-space,decide-packs,condemn-packs,repack-packs}.ts. */
export function* freeingMoves(world: World, rules: Rules): Generator<Move> {
  const { freeings, freeingsAtOnce, left } = world;
  if (freeings.length < freeingsAtOnce && left.free > 0) yield begins(spend(world, 'free'));
  for (const freeing of freeings) yield* movesOf(freeing, world, rules);
}

function* movesOf(freeing: Freeing, world: World, rules: Rules): Generator<Move> {
  const which = world.freeings.length > 1 ? `${world.freeings.indexOf(freeing) + 1}` : ' ';
  const move = (what: string, make: () => World): Move => ({ text: () => `freeing ${which}  ${what}`, make });
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
        go(world, freeing, { ...freeing, at: 'tallying', upTo: world.snapshots.length }),
      );
      return;
    case 'tallying':
      yield move('marks, and holds it against the index', () => tally(world, freeing));
      return;
    case 'deciding':
      yield move('decides pack by pack', () => decide(world, freeing, rules));
      return;
    case 'condemning':
      yield* condemning(world, freeing, rules, move);
  }
}

type Named = (what: string, make: () => World) => Move;

/** One more, that scheduler starts by itself. */
export const begins = (world: World): Move => ({ text: () => 'freeing    begins', make: () => begin(world) });

function begin(world: World): World {
  const freeing: Freeing = {
    at: 'asking',
    newestPack: newestPack(world),
    highestEpoch: world.epoch,
    retired: world.snapshots.flatMap(({ isRetired, number }) => (isRetired ? [number] : [])),
    pinnedJobs: [...new Set(world.pins.map(([, job]) => job))].sort(),
    open: null,
    upTo: 0,
    tally: [],
    late: [],
    condemn: [],
    repack: [],
    made: 0,
    erasure: world.erasure,
    isBesideGone: world.isBesideGone,
    inUse: 0,
  };
  // Its own task has an epoch of the same sequence.
  return { ...world, nextEpoch: world.nextEpoch + 1, freeings: [...world.freeings, freeing] };
}

function ask(world: World, freeing: Freeing): World {
  const { state, ...open } = world.task;
  return go(world, freeing, { ...freeing, at: 'fencing', open: state === 'ended' ? null : open });
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
  return go(after, freeing, { ...freeing, erasure, at: 'letting-go' });
}

/** Whoever wrote before the removal is fenced, or has an open task, which is waited for. */
function reached(world: World, { erasure: known, open }: Freeing, rules: Rules): Erasure | null {
  const { erasure } = world;
  if (!erasure || !known || erasure.isClosed || erasure.since !== known.since) return erasure;
  const isOld = open !== null && open.firstEpoch > 0 && open.firstEpoch < erasure.since;
  const newest = rules.reachesToTheFence ? Math.max(erasure.newestPack, newestPack(world)) : erasure.newestPack;
  return { ...erasure, newestPack: newest, isClosed: !isOld || !rules.waitsForOldTasks };
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
  return go({ ...world, snapshots, due: [...world.due, ...due] }, freeing, { ...freeing, at: 'looking' });
}

function tally(world: World, freeing: Freeing): World {
  const kept = world.snapshots.filter(({ isLetGo, number }) => !isLetGo && number <= freeing.upTo);
  const needed = new Set(kept.flatMap(({ needs }) => needs));
  if (world.beside !== undefined && !freeing.isBesideGone) needed.add(world.beside);
  const newest = Math.max(0, ...kept.filter(({ isVisible }) => isVisible).map(({ number }) => number));
  const named = new Set(kept.filter(({ number }) => number >= newest).flatMap(({ names }) => names));
  const found = livePacks(world, freeing).map((pack) => ({
    pack,
    needed: chunksOf(world, pack).filter((chunk) => needed.has(chunk) && world.index[chunk] === pack),
    isInUse: world.pins.some(([of]) => of === pack),
    isNamedByNewest: named.has(pack),
  }));
  const inUse = kept.filter(({ number }) => freeing.retired.includes(number)).length;
  return go(world, freeing, { ...freeing, at: 'deciding', tally: found, inUse });
}

const livePacks = (world: World, { newestPack: newest }: Freeing) =>
  Object.keys(world.packs)
    .map(Number)
    .filter((pack) => isLive(world, pack) && pack <= newest);

const chunksOf = ({ packs }: World, pack: number) => packs[pack]?.chunks ?? [];

function decide(world: World, freeing: Freeing, rules: Rules): World {
  const condemn: number[] = [];
  const repack: { from: number; chunks: readonly string[] }[] = [];
  const isSince = (pack: number) =>
    freeing.open !== null && freeing.open.begunAt >= 0 && (world.stamps[pack] ?? 0) > freeing.open.begunAt;
  for (const number of livePacks(world, freeing)) {
    const known = freeing.tally.find(({ pack }) => pack === number);
    if (!known && rules.decidesWhatItTallied) continue;
    const {
      needed: chunks,
      isInUse,
      isNamedByNewest,
    } = known ?? { needed: [], isInUse: false, isNamedByNewest: false };
    const doubled = world.doubles.flatMap(([later, holder]) => (holder === number ? [later] : []));
    const verdict = rules.decidePack(
      {
        bytes: 10 * chunksOf(world, number).length,
        neededChunks: chunks.length,
        neededBytes: 10 * chunks.length,
        isRecent: isSince(number) || doubled.some((later) => isSince(later) || later > freeing.newestPack),
        isInUse,
        isNamedByNewest,
        isBeforeDeletion: freeing.erasure !== null && number <= freeing.erasure.newestPack,
        isMergeable: false,
      },
      { deadShare: 0.5, smallBytes: 0 },
    );
    if (verdict.do === 'condemn') condemn.push(number);
    if (verdict.do === 'repack') repack.push({ from: number, chunks });
  }
  return go(world, freeing, { ...freeing, at: 'condemning', condemn, repack });
}

function* condemning(world: World, freeing: Freeing, rules: Rules, move: Named): Generator<Move> {
  const [first, ...rest] = freeing.condemn;
  if (first !== undefined) {
    yield move(`condemns pack ${first}`, () => {
      const decision = decideOn(world, freeing, first, rules);
      if (decision === 'mark-first') return markLate(world, freeing);
      const after = decision === 'condemn' ? condemn(world, first) : world;
      return go(after, freeing, { ...freeing, condemn: rest });
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
      return go(put, freeing, { ...freeing, made: world.nextPack });
    });
    return;
  }
  yield move(`puts pack ${freeing.made} in the place of pack ${copy.from}`, () => {
    const decision = decideOn(world, freeing, copy.from, rules);
    if (decision === 'mark-first') return markLate(world, freeing);
    const next = { ...freeing, repack: copies, made: 0 };
    if (decision === 'leave') return go(world, freeing, next);
    // Its number is that of its announcement: another freeing that began since may look at it, and has not marked it.
    const { made } = freeing;
    const moved = copy.chunks.filter((chunk) => world.index[chunk] === copy.from);
    const index = { ...world.index, ...Object.fromEntries(moved.map((chunk) => [chunk, made])) };
    const erasure = rules.extendsErasure ? extended(world, freeing, made) : world.erasure;
    const taken = withPack(stamped({ ...world, index, erasure }, made), made, { chunks: copy.chunks, state: 'live' });
    return go(condemn(taken, copy.from), freeing, next);
  });
}

/** What was removed while it ran may be among what it copied, since it was needed when it marked. */
function extended({ erasure }: World, freeing: Freeing, made: number): Erasure | null {
  if (!erasure || erasure.since === freeing.erasure?.since) return erasure;
  return { ...erasure, newestPack: Math.max(erasure.newestPack, made) };
}

/** The note of a deletion goes where nothing is left of what it stands for, and nothing was removed since. */
function through(world: World, freeing: Freeing, rules: Rules): World {
  const { looksWhatIsLeft, looksAtTheNoteAgain } = rules;
  const { erasure, inUse, newestPack: newest } = freeing;
  const after = ended(world, freeing);
  const { erasure: noted } = world;
  if (!erasure || erasure.since !== noted?.since) return after;
  const left = Object.keys(world.packs).filter((pack) => isLeft(world, freeing, Number(pack), rules));
  const { isClosed, newestPack: newestOfNote } = looksAtTheNoteAgain ? noted : erasure;
  const isBeyond = (pack: number) => pack > newest && pack <= newestOfNote && isStanding(world, pack);
  const isLookedAt = isClosed && !Object.keys(world.packs).some((pack) => isBeyond(Number(pack)));
  const isDone = (left.length === 0 && inUse === 0 && isLookedAt) || !looksWhatIsLeft;
  return { ...after, erasure: isDone ? null : noted };
}

/** What a deletion is not done with: an untold number of its chunks may be dead where it was not marked. */
function isLeft(
  world: World,
  { erasure, tally: marked, newestPack: newest }: Freeing,
  number: number,
  rules: Rules,
): boolean {
  if (!isStanding(world, number) || number > Math.min(newest, erasure?.newestPack ?? 0)) return false;
  const known = marked.find(({ pack }) => pack === number);
  return known && isLive(world, number) ? known.needed.length < chunksOf(world, number).length : rules.waitsForUnmarked;
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
  return go(world, freeing, { ...freeing, late, upTo: world.snapshots.length });
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

function go(world: World, freeing: Freeing, next: Freeing): World {
  return { ...world, freeings: world.freeings.map((each) => (each === freeing ? next : each)) };
}

function ended(world: World, freeing: Freeing): World {
  return { ...world, freeings: world.freeings.filter((each) => each !== freeing) };
}

/** A freeing dies; the next begins anew. */
export function* freeingFaults(world: World): Generator<Move> {
  if (world.left.crash === 0) return;
  for (const freeing of world.freeings)
    yield { text: () => 'freeing    crashes', make: () => ended(again(spend(world, 'crash')), freeing) };
}
