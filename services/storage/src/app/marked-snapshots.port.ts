import type { BackupSetId, ResourceId, SnapshotId, TaskId, TenantId, VaultId } from '@holdfast/kernel';
import type { SnapshotStanding } from '@holdfast/vault';

/** How a vault stood when a space freeing began. What came later is not its business. */
export interface FreeingBegin {
  /** The highest number of a pack. */
  readonly newestPack: number;
  /** The highest epoch that was seen of any of its chains. */
  readonly highestEpoch: number;
  /** By the database's clock, milliseconds since the epoch. */
  readonly at: number;
  /** Tasks that packs are pinned for. */
  readonly pinnedTasks: readonly TaskId[];
}

/** The open tasks as the database compares with them. */
export interface OpenWork {
  readonly tasks: readonly TaskId[];
  readonly epochs: readonly number[];
  readonly chains: readonly {
    readonly backupSetId: BackupSetId;
    readonly resourceId: ResourceId;
    /** It may build on each of the chain's snapshots, and not on the newest alone. */
    readonly rewrites: boolean;
  }[];
}

/** Nobody works. */
export const NO_WORK: OpenWork = { tasks: [], epochs: [], chains: [] };

/** A stored snapshot that was not let go. */
export interface MarkableSnapshot extends SnapshotStanding {
  readonly snapshotId: SnapshotId;
  readonly backupSetId: BackupSetId;
  readonly resourceId: ResourceId;
  readonly parent: SnapshotId | undefined;
  readonly generation: number;
  readonly number: number;
  readonly isVisible: boolean;
  readonly storedNo: number;
  readonly sealed: Uint8Array;
}

/** The snapshots whose chunks a space freeing keeps (docs/space-freeing.md). */
export abstract class MarkedSnapshots {
  /** Comes before scheduler is asked for open tasks. */
  abstract begin(tenant: TenantId, vault: VaultId): Promise<FreeingBegin>;
  /** Fences whoever had come by the beginning and has no open task, and unpins what was pinned for them. */
  abstract fenceEnded(tenant: TenantId, vault: VaultId, begin: FreeingBegin, open: OpenWork): Promise<void>;
  /** Lets go of some snapshots that may go, and has their objects deleted after a rest; answers how many. Called until none is left. */
  abstract letGo(
    tenant: TenantId,
    vault: VaultId,
    begin: FreeingBegin,
    terms: { readonly open: OpenWork; readonly readersMs: number; readonly restMs: number },
  ): Promise<number>;
  /** The number of the newest stored snapshot, and the vault's generation; no commit is under way at that moment. */
  abstract storedUpTo(
    tenant: TenantId,
    vault: VaultId,
  ): Promise<{ readonly storedNo: number; readonly generation: number }>;
  /** Those stored up to a number and not let go, chain by chain, ascending in each, page by page. */
  abstract chains(
    tenant: TenantId,
    vault: VaultId,
    upTo: number,
    begin: FreeingBegin,
    open: OpenWork,
  ): AsyncIterable<readonly MarkableSnapshot[]>;
  /** Those stored after a number, in that order; at most `size`. */
  abstract storedAfter(
    tenant: TenantId,
    vault: VaultId,
    storedNo: number,
    size: number,
  ): Promise<readonly MarkableSnapshot[]>;
  /** Undefined where it was let go, or never was. */
  abstract sealed(tenant: TenantId, vault: VaultId, snapshot: SnapshotId): Promise<Uint8Array | undefined>;
}
