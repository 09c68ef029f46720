import type {
  BackupSetId,
  DestinationId,
  JobId,
  PackName,
  ResourceId,
  SnapshotId,
  TenantId,
  VaultId,
} from '@holdfast/kernel';
import type { Commit, CommitDecision, SnapshotHeader } from '@holdfast/vault';

/** What is known of a snapshot without its keys. Instants are milliseconds since the epoch. */
export interface SnapshotInfo {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly snapshotId: SnapshotId;
  readonly resourceId: ResourceId;
  readonly backupSetId: BackupSetId;
  readonly jobId: JobId;
  readonly epoch: number;
  readonly generation: number;
  /** Place in its chain, from 1. */
  readonly number: number;
  readonly parent: SnapshotId | undefined;
  readonly jobStartedAt: number;
  /** When a destination acknowledged it; undefined before, and then nobody sees it. */
  readonly committedAt: number | undefined;
}

/** A snapshot as the database keeps it. */
export interface StoredSnapshot extends SnapshotInfo {
  readonly sealed: Uint8Array;
  /** Name below the vault's prefix, fixed by generation and number. */
  readonly objectName: string;
  /** The first destination that had every pack of it when it was stored. */
  readonly destinationId: DestinationId;
  /** Retention let it go: its chain goes on from it by name, but what it holds may be gone. */
  readonly isRetired: boolean;
}

/** A verified snapshot that wants to follow its parent. */
export interface SnapshotToStore {
  readonly header: SnapshotHeader;
  readonly sealed: Uint8Array;
  readonly objectName: string;
  /** The vault's, as auth has it. */
  readonly vaultGeneration: number;
}

/** One chain: the snapshots of one backup set of one resource. */
export interface ChainName {
  readonly backupSetId: BackupSetId;
  readonly resourceId: ResourceId;
}

export interface SnapshotFilter {
  readonly backupSetId?: BackupSetId;
  readonly jobId?: JobId;
  readonly resourceId?: ResourceId;
  /** Only the newest of each chain whose job started at or before this. */
  readonly asOfMs?: number;
}

export interface SnapshotPage {
  readonly snapshots: readonly SnapshotInfo[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** The chains of snapshots. The deeds of the commit protocol (docs/architecture.md#commit) that need the database. */
export abstract class Snapshots {
  /**
   * One transaction: reads the chain under a lock, decides, and for `store` keeps the sealed snapshot as the new head, not yet
   * visible. STORE_UNAVAILABLE while its packs lie at several destinations and none has them all.
   */
  abstract decide(tenant: TenantId, commit: Commit, snapshot: SnapshotToStore): Promise<CommitDecision>;
  /** A stored snapshot, visible or not; undefined where the vault has none of that id. */
  abstract stored(tenant: TenantId, vault: VaultId, snapshot: SnapshotId): Promise<StoredSnapshot | undefined>;
  /**
   * A visible snapshot, for somebody who reads what it holds; undefined where there is none, or where space freeing has let it go. What it
   * needs stays for `keptForMs` from then on, less an eighth of that or a minute: whoever reads for longer opens it again.
   */
  abstract openToRead(
    tenant: TenantId,
    vault: VaultId,
    snapshot: SnapshotId,
    keptForMs: number,
  ): Promise<StoredSnapshot | undefined>;
  /** Makes a stored snapshot visible, once `holder` has acknowledged it; the others then owe a copy. Safe to repeat. COMMIT_REFUSED for one that was given up. */
  abstract markVisible(tenant: TenantId, snapshot: StoredSnapshot, holder: DestinationId): Promise<void>;
  /** Destinations that have every one of these packs and of those that the epoch's task was told of, in the vault's order. */
  abstract holdersOfAll(
    tenant: TenantId,
    vault: VaultId,
    packs: { readonly epoch: number; readonly newPacks: readonly PackName[] },
  ): Promise<readonly DestinationId[]>;
  /**
   * One transaction: gives up a head that is stored and not visible, of which packs are away or gone, so that the chain goes on from its parent.
   * Nobody was told of it: whoever has put it meanwhile finds it gone in {@link markVisible}. False where it is none such.
   */
  abstract giveUp(tenant: TenantId, head: StoredSnapshot, newPacks: readonly PackName[]): Promise<boolean>;
  /** The newest stored snapshot of a chain, visible or not. */
  abstract head(tenant: TenantId, vault: VaultId, chain: ChainName): Promise<StoredSnapshot | undefined>;
  /** Visible snapshots, newest first. `size` from 1 to 1,000. */
  abstract list(
    tenant: TenantId,
    vault: VaultId,
    filter: SnapshotFilter,
    page: { readonly size: number; readonly token: string },
  ): Promise<SnapshotPage>;
}
