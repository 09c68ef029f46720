import {
  beginCommit,
  canResume,
  chainAfter,
  chooseHead,
  type Commit,
  decideCommit,
  decideFence,
  finishStored,
  startCommit,
  stepCrawler,
  stepStorage,
} from '@holdfast/vault';

/** The decisions of the commit protocol, so that a broken variant can replace one. */
export interface Protocol {
  readonly beginCommit: typeof beginCommit;
  readonly stepCrawler: typeof stepCrawler;
  readonly startCommit: typeof startCommit;
  readonly finishStored: typeof finishStored;
  readonly stepStorage: typeof stepStorage;
  readonly decideCommit: typeof decideCommit;
  readonly chainAfter: typeof chainAfter;
  readonly decideFence: typeof decideFence;
  readonly canResume: typeof canResume;
  readonly chooseHead: typeof chooseHead<Commit>;
  /** The first epoch that a new database gives out, after one that gave out `last`. */
  readonly epochAfterLoss: (last: number) => number;
  /** Whether the deciding transaction takes the generation that storage knew, and not the one that the database has. */
  readonly trustsKnownGeneration: boolean;
  /** Whether a storage puts the snapshot of a request before the database has it. */
  readonly putsFromMemory: boolean;
  /** Whether a storage whose PUT was not acknowledged takes its snapshot back. */
  readonly takesBackUnacknowledged: boolean;
  /** Whether space freeing may begin before the chain has a snapshot of the vault's generation. */
  readonly freesBeforeFirstSnapshot: boolean;
}

/** What runs in production. */
export const PROTOCOL: Protocol = {
  beginCommit,
  stepCrawler,
  startCommit,
  finishStored,
  stepStorage,
  decideCommit,
  chainAfter,
  decideFence,
  canResume,
  chooseHead,
  // A new database's sequence starts at the second of its birth (services/scheduler/src/adapters/postgres/migrations.ts).
  epochAfterLoss: (last) => last + 1,
  trustsKnownGeneration: false,
  putsFromMemory: false,
  takesBackUnacknowledged: false,
  freesBeforeFirstSnapshot: false,
};
