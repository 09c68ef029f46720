import type { VaultKeys } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import type { PackTally } from '../domain/pack-tally.js';
import type { Erasure } from './erasures.port.js';
import type { FreeingBegin } from './marked-snapshots.port.js';
import type { NeededIds } from './needed-ids.port.js';
import type { SnapshotBook } from './snapshot-book.js';
import type { WorkFound } from './open-work.js';

/** What a freeing has done so far; a dry run: what it would have done. Bytes are those of whole packs. */
export interface FreeingCounts {
  isDryRun: boolean;
  snapshots: number;
  /** Of these: let go, and left for readers and open tasks. */
  snapshotsInUse: number;
  packs: number;
  packsFreed: number;
  packsRepacked: number;
  /** Left standing with bytes that nothing needs, from before a deletion on request: those may be what was to be deleted. */
  packsToErase: number;
  bytesFreed: number;
  bytesWritten: number;
}

export const nothingFreed = (): FreeingCounts => ({
  isDryRun: false,
  snapshots: 0,
  snapshotsInUse: 0,
  packs: 0,
  packsFreed: 0,
  packsRepacked: 0,
  packsToErase: 0,
  bytesFreed: 0,
  bytesWritten: 0,
});

/** A vault of which is known what its snapshots need. */
export interface MarkedVault {
  readonly held: HeldTask;
  readonly keys: VaultKeys;
  readonly begin: FreeingBegin;
  readonly found: WorkFound;
  /** Of what was deleted on request and may still lie in packs. */
  readonly erasure: Erasure | undefined;
  readonly dryRun: boolean;
  /** Snapshots up to this number are marked. */
  readonly upTo: number;
  readonly tally: PackTally;
  /** The chunks that they need. */
  readonly ids: NeededIds;
  /** What each snapshot alone needs; of a dry run. */
  readonly book: SnapshotBook | undefined;
}
