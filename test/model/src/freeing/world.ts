import type { Move as GameMove } from '../game.js';

/** A chunk by its name. */
export type Chunk = string;

/**
 * `made`: at a destination and in no index; one of a writer gets the number that it keeps when it is registered, one of a freeing has it.
 * `away`: the one destination that holds it is down. `forgotten`: nobody holds it and nobody knows of it.
 */
export interface Pack {
  readonly chunks: readonly Chunk[];
  readonly state: 'made' | 'live' | 'away' | 'condemned' | 'forgotten';
}

export interface Snapshot {
  /** Place in the chain, from 1. */
  readonly number: number;
  readonly epoch: number;
  readonly needs: readonly Chunk[];
  /** Packs that its task wrote. */
  readonly names: readonly number[];
  readonly isVisible: boolean;
  readonly isRetired: boolean;
  readonly isLetGo: boolean;
  /** When its object came to be, counted over all objects. */
  readonly stamp: number;
}

/** A holder of a task; one whose task was stopped while it slept does not know. */
export interface Writer {
  readonly job: number;
  readonly epoch: number;
  readonly at:
    'opening' | 'asking' | 'pinning' | 'putting' | 'registering' | 'committing' | 'showing' | 'replacing' | 'ending';
  readonly base: number;
  /** Chunks that it builds on without asking, because its parent needs them. */
  readonly carried: readonly Chunk[];
  /** Packs in which it saw known chunks, on their way to be pinned. */
  readonly seen: readonly number[];
  readonly fresh: readonly Chunk[];
  readonly pack: number;
  /** What its snapshot needs. */
  readonly content: readonly Chunk[];
  /** It reads nothing of the source: it states the newest snapshot anew, so that the chain's newest names no packs. */
  readonly isRenewal: boolean;
  /** The snapshot that its own stands for. */
  readonly of: number;
  /** In its open packs is what was deleted since, of a task that shared them. */
  readonly holdsGone: boolean;
}

export interface Reader {
  readonly snapshot: number;
  readonly left: readonly Chunk[];
  /** Where it was told that the first of them lies. */
  readonly place: number;
}

/** The note of a deletion on request. */
export interface Erasure {
  /** The newest pack that what was deleted may lie in. */
  readonly newestPack: number;
  /** Leases that came later have this epoch at least. */
  readonly since: number;
  /** Nobody is left who may register a pack with it. */
  readonly isClosed: boolean;
}

/** What a freeing remembers. */
export interface Freeing {
  readonly at: 'asking' | 'fencing' | 'letting-go' | 'looking' | 'tallying' | 'deciding' | 'condemning';
  readonly newestPack: number;
  readonly highestEpoch: number;
  readonly retired: readonly number[];
  readonly pinnedJobs: readonly number[];
  /** The open task, when it was asked for. */
  readonly open: {
    readonly job: number;
    readonly epoch: number;
    readonly firstEpoch: number;
    readonly begunAt: number;
    readonly isRenewal: boolean;
  } | null;
  readonly upTo: number;
  /** What marking found of each pack that was live then: chunks that are needed, whether a task builds on it, whether a newest snapshot names it. */
  readonly tally: readonly Tallied[];
  /** Chunks that snapshots need which came since. */
  readonly late: readonly Chunk[];
  readonly condemn: readonly number[];
  readonly repack: readonly { readonly from: number; readonly chunks: readonly Chunk[] }[];
  /** A repacked pack on its way: put, and not registered. */
  readonly made: number;
  /** The note of what was deleted on request, as it began; null where there is none. */
  readonly erasure: Erasure | null;
  readonly isBesideGone: boolean;
  /** Snapshots that it found let go and in use. */
  readonly inUse: number;
}

export interface Tallied {
  readonly pack: number;
  readonly needed: readonly Chunk[];
  readonly isInUse: boolean;
  readonly isNamedByNewest: boolean;
}

export interface Destination {
  readonly packs: readonly number[];
  readonly snapshots: readonly number[];
}

export interface Due {
  readonly is: 'pack' | 'snapshot';
  readonly number: number;
  readonly at: number;
  /** The newest object when it was condemned. */
  readonly after: number;
}

export const FAULTS = [
  /** A writer or a freeing ends in the middle. */
  'crash',
  /** Scheduler ends the task of a writer that sleeps. */
  'stop',
  /** A lease runs out while its holder sleeps. */
  'lapse',
  /** A filter calls a known chunk new. */
  'lag',
  /** The acknowledgement of a stored snapshot is lost, and its writer with it. */
  'loss',
  /** A destination is down for a while, and a pack with it that no other holds. */
  'away',
] as const;
export type Fault = (typeof FAULTS)[number];

/** One resource of one vault, its tasks one after the other, retention, readers, and space freeing. */
export interface World {
  /** What each job finds at the source. */
  readonly jobs: readonly (readonly Chunk[])[];
  readonly packs: Readonly<Record<number, Pack>>;
  /** The stamps of packs, as of snapshots. */
  readonly stamps: Readonly<Record<number, number>>;
  readonly index: Readonly<Record<Chunk, number>>;
  readonly doubles: readonly (readonly [pack: number, holder: number])[];
  readonly pins: readonly (readonly [pack: number, job: number, epoch: number])[];
  readonly snapshots: readonly Snapshot[];
  /** The chain: the highest epoch seen, and the number of its head. */
  readonly epoch: number;
  readonly head: number;
  readonly task: {
    readonly job: number;
    readonly state: 'ready' | 'leased' | 'ended';
    readonly epoch: number;
    /** Of its first lease; 0 before. */
    readonly firstEpoch: number;
    /** The newest stamp when it was leased first; -1 before. */
    readonly begunAt: number;
    readonly isRenewal: boolean;
  };
  /**
   * What another resource has in every pack of this one, from tasks that shared it; undefined where none did. Gone: it was deleted on request.
   */
  readonly beside: Chunk | undefined;
  readonly isBesideOfOtherSet: boolean;
  readonly isBesideGone: boolean;
  /** Null where nothing was deleted on request, or all is freed. */
  readonly erasure: Erasure | null;
  readonly nextEpoch: number;
  readonly nextPack: number;
  readonly nextStamp: number;
  readonly writers: readonly Writer[];
  readonly readers: readonly Reader[];
  /** That have begun and are not through. */
  readonly freeings: readonly Freeing[];
  /** How many may run at the same time. */
  readonly freeingsAtOnce: number;
  readonly destinations: readonly Destination[];
  readonly due: readonly Due[];
  readonly broken: string;
  readonly left: Readonly<Record<Fault | 'retire' | 'read' | 'free' | 'erase' | 'renew' | 'last', number>>;
}

/** A renewal and a freeing. */
const LAST = 2;

export type Move = GameMove<World>;

export interface Bounds {
  readonly jobs: readonly (readonly Chunk[])[];
  readonly destinations: 1 | 2;
  readonly beside?: Chunk;
  /** What is beside is of another set, whose deletion waits for no task of this one. */
  readonly isBesideOfOtherSet?: boolean;
  /** One unless told otherwise. */
  readonly freeingsAtOnce?: number;
  /** Moves of the first job that were made already, so that the world stays small. */
  readonly begun?: number;
  readonly left: Partial<World['left']>;
}

export function firstWorld({
  jobs,
  destinations,
  beside,
  isBesideOfOtherSet = false,
  freeingsAtOnce = 1,
  left,
}: Bounds): World {
  return {
    jobs,
    packs: {},
    stamps: {},
    index: {},
    doubles: [],
    pins: [],
    snapshots: [],
    epoch: 0,
    head: 0,
    task: { job: 0, state: 'ready', epoch: 0, firstEpoch: 0, begunAt: -1, isRenewal: false },
    beside,
    isBesideOfOtherSet,
    isBesideGone: false,
    erasure: null,
    nextEpoch: 1,
    nextPack: 1,
    nextStamp: 1,
    writers: [],
    readers: [],
    freeings: [],
    freeingsAtOnce,
    destinations: Array.from({ length: destinations }, () => ({ packs: [], snapshots: [] })),
    due: [],
    broken: '',
    left: {
      crash: 0,
      stop: 0,
      lapse: 0,
      lag: 0,
      loss: 0,
      away: 0,
      retire: 0,
      read: 0,
      free: 0,
      erase: 0,
      renew: 0,
      last: LAST,
      ...left,
    },
  };
}

export function spend(world: World, on: keyof World['left']): World {
  return { ...world, left: { ...world.left, [on]: world.left[on] - 1 } };
}

/** What scheduler starts by itself for a deletion comes once more after one that broke off. */
export function again(world: World): World {
  return { ...world, left: { ...world.left, last: LAST } };
}

export function withSnapshot(world: World, number: number, change: Partial<Snapshot>): World {
  const snapshots = world.snapshots.map((each) => (each.number === number ? { ...each, ...change } : each));
  return { ...world, snapshots };
}

export function withPack(world: World, number: number, pack: Pack): World {
  return { ...world, packs: { ...world.packs, [number]: pack } };
}

export function putAt(world: World, at: number, is: 'packs' | 'snapshots', number: number): World {
  const destinations = world.destinations.map((each, place) =>
    place === at && !each[is].includes(number) ? { ...each, [is]: [...each[is], number] } : each,
  );
  return { ...world, destinations };
}

/** It has its number from now on. */
export function renumbered(world: World, from: number): World {
  const { nextPack: to, packs, destinations } = world;
  const { [from]: pack, ...others } = packs;
  if (!pack) return world;
  const moved = destinations.map((each) => ({ ...each, packs: each.packs.map((one) => (one === from ? to : one)) }));
  return { ...world, packs: { ...others, [to]: pack }, destinations: moved, nextPack: to + 1 };
}

export const isLive = ({ packs }: World, number: number) => packs[number]?.state === 'live';

/** Live, or to be so again. */
export const isStanding = (world: World, number: number) =>
  isLive(world, number) || world.packs[number]?.state === 'away';

/** As a vault's rows tell: one that is on its way has none yet. */
export function newestPack({ packs }: World): number {
  const rows = Object.entries(packs).filter(([, { state }]) => state !== 'made' && state !== 'forgotten');
  return Math.max(0, ...rows.map(([number]) => Number(number)));
}

export const snapshotOf = ({ snapshots }: World, number: number) => snapshots.find((each) => each.number === number);
