import type { BackupSetId, JobId, ResourceId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import type { RetainedSnapshot } from '@holdfast/vault';
import type { ChainName } from './snapshots.port.js';

/** A verdict in words, on one snapshot. */
export interface SaidVerdict {
  readonly snapshot: SnapshotId;
  readonly stays: boolean;
  readonly explanation: string;
  /** It stays for nothing but a lock: that is extended no more. */
  readonly isOnlyLocked?: boolean;
}

/** Snapshots of a chain that were made anew. */
export interface ReplacedSnapshots {
  readonly jobId: JobId;
  readonly going: readonly SnapshotId[];
  readonly standing: readonly SnapshotId[];
  readonly explanation: string;
}

/** What the newest retention of a set said of a snapshot, or of one that went the retention or deletion that let it go. Instants in milliseconds since the epoch. */
export interface VerdictView {
  readonly snapshotId: SnapshotId;
  readonly resourceId: ResourceId;
  readonly number: number;
  readonly jobStartedAt: number;
  readonly stays: boolean;
  readonly explanation: string;
  /** The job that said so. */
  readonly jobId: JobId;
  /** Absent while it can be restored. */
  readonly wentAt?: number;
}

export interface VerdictPage {
  readonly verdicts: readonly VerdictView[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** The chains of a set as retention sees them: visible snapshots that it has not let go. */
export abstract class RetainedChains {
  /** Resources after `after` that have any, in order of their ids; at most `size`. */
  abstract resources(
    tenant: TenantId,
    vault: VaultId,
    set: BackupSetId,
    page: { readonly after: string; readonly size: number },
  ): Promise<readonly ResourceId[]>;
  /** Ascending, with their places in the chain. */
  abstract snapshots(
    tenant: TenantId,
    vault: VaultId,
    chain: ChainName,
  ): Promise<readonly (RetainedSnapshot & { readonly number: number })[]>;
  /**
   * Keeps the verdicts of a chain in place of earlier ones, and with `retire` lets go what does not stay, in one transaction. What was said
   * of a snapshot that went stays. With `erase` it goes since its deletion was requested, and space freeing takes every byte that only it
   * needed. Safe to repeat.
   */
  abstract save(
    tenant: TenantId,
    vault: VaultId,
    chain: ChainName,
    said: {
      readonly jobId: JobId;
      readonly verdicts: readonly SaidVerdict[];
      readonly retire: boolean;
      readonly erase?: boolean;
    },
  ): Promise<void>;
  /**
   * Lets go of snapshots on request in whose place others of the chain stand, all in one transaction; false, and nothing goes, where one of these
   * is not visible. Space freeing takes every byte that only they needed, also of those that retention has let go meanwhile. Safe to repeat.
   */
  abstract replace(tenant: TenantId, vault: VaultId, chain: ChainName, replaced: ReplacedSnapshots): Promise<boolean>;
  /** Forgets what earlier jobs said of a set's snapshots, but for those that went. */
  abstract forgetOlder(tenant: TenantId, vault: VaultId, set: BackupSetId, job: JobId): Promise<void>;
  /** In the order of resources and numbers. `size` from 1 to 1,000. */
  abstract verdicts(
    tenant: TenantId,
    vault: VaultId,
    set: BackupSetId,
    page: { readonly size: number; readonly token: string },
  ): Promise<VerdictPage>;
}
