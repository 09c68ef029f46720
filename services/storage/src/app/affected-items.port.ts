import type { BackupSetId, ChunkId, JobId, ResourceId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import type { Branch } from '@holdfast/vault';
import type { ChainName } from './snapshots.port.js';

/** A snapshot as people speak of it. */
export interface SnapshotPoint {
  readonly snapshotId: SnapshotId;
  readonly number: number;
  /** Start of its job, milliseconds since the epoch: it says which day the snapshot belongs to. */
  readonly jobStartedAt: number;
}

/** A state of an item that lies in a pack without any good copy, or in none that the vault has. */
export interface AffectedState {
  /** Empty: what the resource's snapshots list. */
  readonly itemId: string;
  /** Empty of a listing. */
  readonly kind: string;
}

export interface AffectedItem extends AffectedState {
  readonly backupSetId: BackupSetId;
  readonly resourceId: ResourceId;
  readonly since: SnapshotPoint;
  /** The last snapshot that has the state; undefined where the newest one does. */
  readonly until: Omit<SnapshotPoint, 'snapshotId'> | undefined;
  /** `due`: the next backup reads it anew; `read`: it did, and no check has looked since; `past`: only earlier snapshots have it. */
  readonly state: 'due' | 'read' | 'past';
}

export interface AffectedTally {
  /** Resources of which some snapshot is affected. */
  readonly resources: number;
  /** States of items. */
  readonly items: number;
  /** Those that the next backups read anew. */
  readonly itemsDue: number;
  readonly resourcesDue: number;
}

/** What a task is to read anew although it did not change. */
export interface ReadAnew {
  /** The newest listing cannot be read whole; told with every page. */
  readonly isAll: boolean;
  /** In the order of their bytes. */
  readonly itemIds: readonly string[];
}

/** One chain as a check walks it. */
export interface AffectedChain extends ChainName {
  readonly jobId: JobId;
}

/** A task that goes on with a chain. */
export interface AffectedTask extends ChainName {
  readonly epoch: number;
}

/** Which items need what no destination holds whole. What a check notes is told to nobody before {@link tell}. */
export abstract class AffectedItems {
  /** Forgets what the job noted in an earlier attempt. */
  abstract begin(tenant: TenantId, vault: VaultId, job: JobId): Promise<void>;
  /**
   * Those of the chunks that the index finds in a pack without any good copy, with the branch of the pack, and those that it does not find:
   * these are data, since what a walk has read of metadata is there.
   */
  abstract lost(tenant: TenantId, vault: VaultId, chunks: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, Branch>>;
  /** Notes states that come with a snapshot. Safe to repeat. */
  abstract note(
    tenant: TenantId,
    vault: VaultId,
    chain: AffectedChain,
    since: SnapshotPoint,
    states: readonly AffectedState[],
  ): Promise<void>;
  /** The items' noted states, but for those that came with a snapshot `from`, end with the one before it. */
  abstract end(
    tenant: TenantId,
    vault: VaultId,
    chain: AffectedChain,
    items: readonly string[],
    at: { readonly last: SnapshotPoint; readonly from: SnapshotPoint },
  ): Promise<void>;
  /** From here on the job's notes are what is told, and no other's; answers what they come to. */
  abstract tell(tenant: TenantId, vault: VaultId, job: JobId): Promise<AffectedTally>;
  /** What was found of packs without a good copy counts as mended where the index finds all that they held in other packs. */
  abstract settle(tenant: TenantId, vault: VaultId): Promise<void>;
  /** A page of what the chain's next snapshot is to hold anew, but for what the task of this epoch has noted. `size` from 1 to 1,000. */
  abstract readAnew(
    tenant: TenantId,
    vault: VaultId,
    task: AffectedTask,
    page: { readonly size: number; readonly after: string },
  ): Promise<ReadAnew>;
  /** The task has read these anew: they count as read once its own snapshot is visible. Safe to repeat. */
  abstract noteRead(
    tenant: TenantId,
    vault: VaultId,
    task: AffectedTask,
    read: readonly string[] | 'all',
  ): Promise<void>;
  /** In the order of resources and items. `size` from 1 to 1,000. */
  abstract page(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly size: number; readonly token: string },
  ): Promise<{ readonly items: readonly AffectedItem[]; readonly next?: string }>;
}
