import type { VaultKeys } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import type { PackTally } from '../domain/pack-tally.js';
import type { FreeingBegin } from './marked-snapshots.port.js';
import type { NeededIds } from './needed-ids.port.js';
import type { WorkFound } from './open-work.js';

/** What a freeing has done so far; a dry run: what it would have done. Bytes are those of whole packs. */
export interface FreeingCounts {
  isDryRun: boolean;
  snapshots: number;
  packs: number;
  packsFreed: number;
  packsRepacked: number;
  bytesFreed: number;
  bytesWritten: number;
}

export const nothingFreed = (): FreeingCounts => ({
  isDryRun: false,
  snapshots: 0,
  packs: 0,
  packsFreed: 0,
  packsRepacked: 0,
  bytesFreed: 0,
  bytesWritten: 0,
});

/** A vault of which is known what its snapshots need. */
export interface MarkedVault {
  readonly held: HeldTask;
  readonly keys: VaultKeys;
  readonly begin: FreeingBegin;
  readonly found: WorkFound;
  readonly dryRun: boolean;
  /** Snapshots up to this number are marked. */
  readonly upTo: number;
  readonly tally: PackTally;
  /** The chunks that they need. */
  readonly ids: NeededIds;
}
