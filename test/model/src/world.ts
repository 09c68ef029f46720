import type { JobId, PackName, SnapshotId } from '@holdfast/kernel';
import type { Commit, CommitAnswer, CrawlerCommitStep, StorageCommitStep } from '@holdfast/vault';
import type { Move as GameMove } from './game.js';

/** What a draft or a snapshot says of the source: its cursor has passed the changes 1 to `cursor`. */
export interface Content {
  readonly cursor: number;
  /** The pack that holds each change that is stored. */
  readonly stored: Readonly<Record<number, PackName>>;
  readonly owed: readonly number[];
}

/** A sealed snapshot. */
export interface Sealed {
  readonly commit: Commit;
  readonly content: Content;
}

/** What a holder of the task left in the task table for the next one. */
export interface SavedCheckpoint {
  readonly parent: SnapshotId | undefined;
  readonly content: Content;
  readonly packs: readonly PackName[];
}

/** One holder of a task; a holder whose lease lapsed while it slept does not know. */
export interface Crawler {
  readonly epoch: number;
  readonly generation: number;
  readonly job: JobId;
  /** What the lease came with; looked at when the head is open. */
  readonly saved: SavedCheckpoint | undefined;
  readonly at: 'opening' | 'reading' | 'putting-pack' | 'registering' | 'saving' | 'committing' | 'finishing';
  /** What the pack in the making is finished for. */
  readonly then: 'checkpoint' | 'commit';
  readonly base: SnapshotId | undefined;
  readonly content: Content;
  /** Changes whose chunks lie in the pack that is open in memory. */
  readonly open: readonly number[];
  /** Packs of this task that a destination has acknowledged and the index knows. */
  readonly packs: readonly PackName[];
  readonly packsMade: number;
  readonly step: CrawlerCommitStep | undefined;
  readonly sealed: SnapshotId | undefined;
}

/** One storage process at work on one commit. */
export interface Storage {
  readonly step: StorageCommitStep;
  /** The snapshot of the request, in memory; undefined where a stored head is finished. */
  readonly wanted: SnapshotId | undefined;
  /** The epoch of the crawler that waits for the answer. */
  readonly client: number | undefined;
  /** The vault's generation when the request came, or up to a minute before (services/storage/src/adapters/auth/auth-index-keys.ts). */
  readonly generation: number;
  /** Read from the database for the PUT that comes next. */
  readonly loaded: SnapshotId | undefined;
}

export type Message =
  { readonly request: SnapshotId; readonly from: number } | { readonly answer: CommitAnswer; readonly to: number };

/** All that one loss of PostgreSQL takes away. */
export interface Database {
  readonly generation: number;
  /** The highest epoch that storage has seen. */
  readonly epoch: number | undefined;
  readonly head: SnapshotId | undefined;
  /** The sealed snapshots that the database has, and whether a destination has acknowledged each. */
  readonly snapshots: Readonly<Record<SnapshotId, 'stored' | 'visible'>>;
  readonly index: Readonly<Record<PackName, 'live' | 'condemned'>>;
  /** Packs that somebody builds on, each with the highest epoch of those. */
  readonly pins: Readonly<Record<PackName, number>>;
  readonly task: {
    readonly job: JobId;
    readonly state: 'ready' | 'leased' | 'done';
    readonly epoch: number;
    readonly checkpoint: SavedCheckpoint | undefined;
  };
  /** The next epoch that a lease gets. */
  readonly nextEpoch: number;
}

export const FAULTS = [
  /** A message, or the acknowledgement of a PUT, gets lost. */
  'loss',
  'duplicate',
  /** A crawler or a storage process ends. */
  'crash',
  /** A lease runs out while its holder sleeps: a zombie. */
  'lapse',
  /** A change cannot be read this time. */
  'failure',
  /** Space freeing condemns a pack. */
  'freeing',
  /** PostgreSQL is lost and rebuilt from the destination. */
  'database-lost',
  /** A storage process works with what it knew of the vault a minute ago. */
  'stale',
] as const;
export type Fault = (typeof FAULTS)[number];

/** A resource, its task, everybody who works on it, and where they write. */
export interface World {
  readonly source: number;
  readonly db: Database;
  /** At the destination: packs with the changes in them, and snapshot objects by name. */
  readonly packs: Readonly<Record<PackName, readonly number[]>>;
  readonly objects: Readonly<Record<string, SnapshotId>>;
  /** Every snapshot that was ever sealed. */
  readonly sealed: Readonly<Record<SnapshotId, Sealed>>;
  readonly crawlers: readonly Crawler[];
  readonly storages: readonly (Storage | null)[];
  readonly net: readonly Message[];
  /** Snapshots that somebody was told are committed. */
  readonly told: readonly SnapshotId[];
  /** What may still go wrong, and change. */
  readonly left: Readonly<Record<Fault | 'change' | 'healing', number>>;
}

export type Move = GameMove<World>;

export interface Bounds {
  /** Changes at the source when the first job starts, and those that come later. */
  readonly changes: readonly [first: number, later: number];
  readonly storages: number;
  readonly faults: Partial<Readonly<Record<Fault, number>>>;
}

/** Leases that are given again after a lapse when nothing else moves; more than any sound run needs. */
const HEALING = 6;

export const jobId = (number: number) => `job-${number}` as JobId;
export const nameOf = ({ commit }: Sealed) => `${commit.generation}-${commit.number}`;

export function firstWorld({ changes, storages, faults }: Bounds): World {
  const none = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  return {
    source: changes[0],
    db: {
      generation: 1,
      epoch: undefined,
      head: undefined,
      snapshots: {},
      index: {},
      pins: {},
      task: { job: jobId(1), state: 'ready', epoch: 0, checkpoint: undefined },
      nextEpoch: 1,
    },
    packs: {},
    objects: {},
    sealed: {},
    crawlers: [],
    storages: Array.from({ length: storages }, () => null),
    net: [],
    told: [],
    left: { ...none, ...faults, change: changes[1], healing: HEALING },
  };
}

export function spend(world: World, on: keyof World['left']): World {
  return { ...world, left: { ...world.left, [on]: world.left[on] - 1 } };
}

export function withDb(world: World, change: Partial<Database>): World {
  return { ...world, db: { ...world.db, ...change } };
}
