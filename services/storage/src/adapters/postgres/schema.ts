import type { ColumnType, Generated, Transaction } from 'kysely';
import type { AffectedSnapshot } from '../../app/integrity.port.js';
import type { Damage } from '../../domain/damage.js';

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;

export interface VaultRow {
  tenant_id: string;
  vault_id: string;
  /** Raised by a rebuild, before any chain of the vault has a row. */
  generation: Generated<number>;
  created_at: Timestamp;
}

export interface VaultDestinationRow {
  tenant_id: string;
  vault_id: string;
  destination_id: string;
  position: number;
  is_claimed: Generated<boolean>;
}

/** A destination that may hold what is left of a discarded vault. */
export interface VaultToClearRow {
  tenant_id: string;
  vault_id: string;
  destination_id: string;
  attempts: Generated<number>;
  not_before: Timestamp;
}

export interface ObjectRow {
  tenant_id: string;
  vault_id: string;
  object_no: Generated<number>;
  name: string;
  bytes: number;
  sha256: Buffer;
}

export interface ObjectPlaceRow {
  tenant_id: string;
  vault_id: string;
  object_no: number;
  destination_id: string;
  /** When every byte was read there last, whatever was found; when it was stored, before that. */
  looked_at: Generated<Date>;
  /** The destination keeps it locked until then, as far as it was asked. */
  locked_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
  /** When its lock has to be looked at, where the destination locks. */
  lock_due_at: Timestamp;
}

/** When the locks of what a destination holds of a vault have to be looked at. */
export interface LockLookRow {
  tenant_id: string;
  vault_id: string;
  destination_id: string;
  due_at: Timestamp;
  /** Since when, and when last, locks there could not be extended, and why; null where they can. */
  failing_since: ColumnType<Date | null, Date | null | undefined, Date | null>;
  failed_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  failure: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface CopyDueRow {
  tenant_id: string;
  vault_id: string;
  object_no: number;
  destination_id: string;
  not_before: Timestamp;
  /** Failures since it is owed. */
  attempts: Generated<number>;
  /** Damaged bytes lie there under its name. */
  replaces: Generated<boolean>;
  /** It rests because the destination did not answer, and no longer than until that does. */
  awaits_return: Generated<boolean>;
}

export interface PackRow {
  tenant_id: string;
  vault_id: string;
  /** The `object_no` of its object. */
  pack_no: number;
  name: Buffer;
  pack_id: Buffer;
  branch: 'data' | 'meta';
  bytes: number;
  /** Chunks that the index finds here. */
  chunks: number;
  state: Generated<PackState>;
  registered_at: Timestamp;
}

/**
 * `away`: it lies only at destinations that are down, and counts as unknown until another has a copy. `quarantined`: no destination
 * holds it whole, and it counts as unknown until one does.
 */
export type PackState = 'live' | 'condemned' | 'away' | 'quarantined';

export interface ChunkRow {
  tenant_id: string;
  vault_id: string;
  chunk_id: Buffer;
  pack_no: number;
  pack_offset: number;
  sealed_bytes: number;
  plain_bytes: number;
  /** Null where the chunk was born in the pack it lies in. */
  birth_pack_id: Buffer | null;
  birth_counter: number;
}

export interface PackPinRow {
  tenant_id: string;
  vault_id: string;
  pack_no: number;
  task_id: string;
  epoch: number;
}

/** The index finds chunks of one pack in another one, which had them before: what builds on the first needs both. */
export interface PackDoubleRow {
  tenant_id: string;
  vault_id: string;
  pack_no: number;
  /** Of the pack in which the index finds them; its row may have gone since. */
  holder_no: number;
}

/** An object that nothing needs any more and that a destination still holds. */
export interface DeletionDueRow {
  tenant_id: string;
  vault_id: string;
  object_no: number;
  destination_id: string;
  /** It is the object of a snapshot that was let go. */
  is_snapshot: boolean;
  /** The highest object number of the vault when it was condemned. */
  after_object_no: number;
  /** The same, of snapshots too: a pack waits for those that were noted no later than it. 0 for one that every pack waits for. */
  noted_no: Generated<number>;
  /** The pack that took over what was needed of it; null where nothing was. */
  successor_no: Generated<number | null>;
  not_before: Timestamp;
  attempts: Generated<number>;
}

/** Packs that the newest space freeing of a vault decided alike. */
export interface FreeingShareRow {
  tenant_id: string;
  vault_id: string;
  job_id: string;
  dry_run: boolean;
  decided_at: Timestamp;
  verdict: string;
  because: string;
  packs: number;
  bytes: number;
  needed_bytes: number;
  /** Of packs that go and that a destination keeps locked, and the end of the last of those locks. */
  locked_bytes: Generated<number>;
  locked_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

export interface ChainRow {
  tenant_id: string;
  vault_id: string;
  /** The nil UUID for tasks of no backup set. */
  backup_set_id: string;
  resource_id: string;
  /** The highest that any call with a grant has shown. */
  epoch: number;
  /** The newest stored snapshot, visible or not; null before the first. */
  head_snapshot_id: Buffer | null;
}

export interface SnapshotRow {
  tenant_id: string;
  vault_id: string;
  snapshot_id: Buffer;
  backup_set_id: string;
  resource_id: string;
  job_id: string;
  epoch: number;
  generation: number;
  number: number;
  parent_snapshot_id: Buffer | null;
  job_started_at: Timestamp;
  sealed: Buffer;
  object_name: string;
  /** The destination that has every pack of it. */
  destination_id: string;
  stored_at: Timestamp;
  /** Null until a destination has acknowledged the object: then it is visible. */
  committed_at: ColumnType<Date | null, Date | null | undefined, Date>;
  /** Retention let it go: nobody is shown it, and what only it needs may be freed. */
  retired_at: ColumnType<Date | null, Date | null | undefined, Date>;
  /** Counts up in the order in which snapshots are stored. */
  stored_no: Generated<number>;
  /** When somebody opened it to read from it last. */
  read_at: ColumnType<Date | null, Date | null | undefined, Date>;
  /** Space freeing no longer keeps what only it needs: from here on nobody opens it. */
  let_go_at: ColumnType<Date | null, Date | null | undefined, Date>;
}

/** What the newest retention of a set said of a snapshot. */
export interface RetentionVerdictRow {
  tenant_id: string;
  vault_id: string;
  backup_set_id: string;
  snapshot_id: Buffer;
  resource_id: string;
  /** The retention job. */
  job_id: string;
  stays: boolean;
  /** Words, without names of anything of the customer's. */
  explanation: string;
  /** It stays for nothing but its lock, which is extended no more. */
  is_only_locked: Generated<boolean>;
}

/** What a check of the vault's integrity found at a destination. */
export interface FindingRow {
  tenant_id: string;
  vault_id: string;
  object_name: string;
  destination_id: string;
  damage: Damage | 'trailer' | 'unknown' | 'old-state';
  /** `told`: nothing has to be done about it. */
  state: 'open' | 'mended' | 'quarantined' | 'told';
  bytes: number;
  /** The check that saw it last. */
  job_id: string;
  found_at: Generated<Date>;
  mended_at: Date | null;
  /** Snapshots that were committed with a quarantined pack. */
  snapshots: ColumnType<AffectedSnapshot[], string | undefined, string>;
}

/** A state of an item, or with an empty id a resource's listing, that a check found to lie in a pack without any good copy. */
export interface AffectedItemRow {
  tenant_id: string;
  vault_id: string;
  /** The check that found it. */
  job_id: string;
  is_told: Generated<boolean>;
  backup_set_id: string;
  resource_id: string;
  item_id: string;
  kind: string;
  since_snapshot_id: Buffer;
  since_number: number;
  since_at: Timestamp;
  /** The last snapshot that has the state; null where the newest one does. */
  until_number: number | null;
  until_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  /** Epoch of the last task that read it anew. */
  read_anew_epoch: number | null;
  /** That task's snapshot is visible. */
  is_read: Generated<boolean>;
}

/** Bytes that one snapshot alone needs, as the newest dry run of a space freeing saw it. */
interface FreeingSnapshotRow {
  tenant_id: string;
  vault_id: string;
  stored_no: number;
  bytes: number;
}

/** What was deleted on request of a vault and may still lie in packs up to one. */
interface ErasureRow {
  tenant_id: string;
  vault_id: string;
  newest_pack: number;
  noted_at: Timestamp;
  /** Nobody is left who wrote before something was removed: packs that come are newer. */
  is_closed: Generated<boolean>;
}

/** A chain whose newest snapshot names packs that a deletion is not done with, as the newest space freeing found it. */
interface ErasureHolderRow {
  tenant_id: string;
  vault_id: string;
  backup_set_id: string;
  resource_id: string;
}

/** Name of the schema, and the stem of its roles. */
export const STORAGE_SCHEMA = 'storage';

/** Every reason for which storage reads rows of all tenants. */
export const SWEEPS = ['due-copies', 'due-deletions', 'due-locks', 'vaults-to-clear'] as const;
export type StorageSweep = (typeof SWEEPS)[number];

/** The tables of the schema `storage`. */
/** A process that may send to a destination below a limit. */
interface BandwidthShareRow {
  tenant_id: string;
  destination_id: string;
  holder: string;
  until: Date;
}

export interface StorageSchema {
  bandwidth_shares: BandwidthShareRow;
  vaults: VaultRow;
  vault_destinations: VaultDestinationRow;
  vaults_to_clear: VaultToClearRow;
  objects: ObjectRow;
  object_places: ObjectPlaceRow;
  lock_looks: LockLookRow;
  copies_due: CopyDueRow;
  packs: PackRow;
  chunks: ChunkRow;
  pack_pins: PackPinRow;
  pack_doubles: PackDoubleRow;
  deletions_due: DeletionDueRow;
  freeing_shares: FreeingShareRow;
  freeing_snapshots: FreeingSnapshotRow;
  erasures: ErasureRow;
  erasure_holders: ErasureHolderRow;
  chains: ChainRow;
  snapshots: SnapshotRow;
  retention_verdicts: RetentionVerdictRow;
  findings: FindingRow;
  affected_items: AffectedItemRow;
}

export type Tx = Transaction<StorageSchema>;
