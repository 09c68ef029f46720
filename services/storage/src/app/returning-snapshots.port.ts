import type { BackupSetId, DestinationId, PackName, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import type { SnapshotHeader } from '@holdfast/vault';
import type { ReplacedRange } from './removed-chains.js';

/** A genuine snapshot as a destination holds it. */
export interface ReturningSnapshot {
  readonly snapshot: SnapshotId;
  readonly header: SnapshotHeader;
  readonly sealed: Uint8Array;
  readonly objectName: string;
  /** On request: space freeing takes what only it needs, and nobody is shown it. */
  readonly isRemoved: boolean;
}

/** Snapshots that come back from a destination into an index that lost them. */
export abstract class ReturningSnapshots {
  /** Those of the packs that the index lacks; one is enough to know that the snapshot is not whole by itself. */
  abstract lacksAny(tenant: TenantId, vault: VaultId, packs: readonly PackName[]): Promise<boolean>;
  /** Whether a snapshot came back that is later in its chain, by generation and number, and that nobody has removed. */
  abstract isFollowed(tenant: TenantId, header: SnapshotHeader): Promise<boolean>;
  /** Makes it visible as of the time when it was finished, unless it was removed, and notes where it lies. Safe to repeat. */
  abstract takeBack(tenant: TenantId, returning: ReturningSnapshot, destination: DestinationId): Promise<void>;
  /** Those of the range that a later snapshot stands for which was made of the range, as far as such are there: nobody is shown them. Answers how many. Safe to repeat. */
  abstract retireReplaced(tenant: TenantId, vault: VaultId, range: ReplacedRange): Promise<number>;
  /**
   * Gives each chain its head: of the highest generation, the highest number. A head that a backup has stored since the rebuild began stays.
   * Answers the sets that have chains. Safe to repeat.
   */
  abstract chooseHeads(tenant: TenantId, vault: VaultId): Promise<readonly BackupSetId[]>;
}
