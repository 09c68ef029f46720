import type { Rules } from './rules.js';
import { type Move, newestPack, snapshotOf, spend, type World } from './world.js';

/** What was stored beside goes on request: no backup of its set runs then, but holders of tasks that were stopped may sleep. */
export function* deletionMoves(world: World): Generator<Move> {
  const { left, task, isBesideOfOtherSet, nextEpoch, writers } = world;
  if (left.erase === 0 || (task.state !== 'ended' && !isBesideOfOtherSet)) return;
  yield {
    text: () => `deletion   removes the resource of ${world.beside ?? 'nothing'}`,
    make: () => ({
      ...spend(world, 'erase'),
      isBesideGone: true,
      nextEpoch: nextEpoch + 1,
      erasure: { newestPack: newestPack(world), since: nextEpoch, isClosed: false },
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
