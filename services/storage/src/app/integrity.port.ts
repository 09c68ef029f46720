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
import type { AfterDamage, Damage } from '../domain/damage.js';
import type { LostByAge } from '../domain/old-state.js';
import type { Expected } from '../domain/sample-share.js';
import type { PackEntries, RegisteredPack } from './chunk-index.port.js';
import type { StoredObject } from './object-places.port.js';

/** An object that the index knows, as it has to be at one destination. */
export interface ExpectedObject extends StoredObject {
  /** The index counts on it there; else a copy is due. */
  readonly isHeld: boolean;
  /** A check found it damaged there, and nothing has mended it. */
  readonly isDamaged: boolean;
}

/** Damage that was seen at a destination. */
export interface SeenDamage {
  readonly damage: Damage;
  /** Bytes that lie there; 0 where none do. */
  readonly bytes: number;
  readonly jobId: JobId;
}

export interface ToldFinding {
  readonly damage: 'trailer' | 'unknown' | 'old-state';
  readonly state: 'mended' | 'told';
  readonly bytes: number;
  readonly jobId: JobId;
}

/** What follows, and who else is thought to hold the object, in the vault's order. */
export interface NotedDamage extends AfterDamage {
  readonly holders: readonly DestinationId[];
}

/** What counting some packs anew has corrected. */
export interface Recount {
  /** Number of the last pack that was counted; undefined where there were none. */
  readonly last: number | undefined;
  readonly packsCorrected: number;
  /** By how much the index had too many or too few of them. */
  readonly chunksOff: number;
  readonly bytesOff: number;
}

export interface AffectedSnapshot {
  readonly backupSetId: BackupSetId;
  readonly resourceId: ResourceId;
  readonly snapshotId: SnapshotId;
  readonly number: number;
}

/** What a check found. Instants in milliseconds since the epoch. */
export interface FindingView {
  readonly object: string;
  readonly destinationId: DestinationId;
  /**
   * `trailer`: the index had other entries than the pack's own; `unknown`: the index does not know the object; `old-state`, of no object:
   * the destination as a whole looks as it did some time ago.
   */
  readonly damage: Damage | 'trailer' | 'unknown' | 'old-state';
  readonly state: 'open' | 'mended' | 'quarantined' | 'told';
  readonly bytes: number;
  readonly jobId: JobId;
  readonly foundAt: number;
  readonly mendedAt: number | undefined;
  readonly snapshots: readonly AffectedSnapshot[];
}

/** Objects by what is wrong with them and by what became of them. */
export interface FindingTally {
  readonly damaged: Readonly<Record<Damage, number>>;
  readonly mended: number;
  /** Of earlier checks too. */
  readonly open: number;
  readonly quarantined: number;
}

export interface FindingPage {
  readonly findings: readonly FindingView[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** What the index says that destinations hold, and what checks found there instead. */
export abstract class Integrity {
  /** Objects of a vault after `after`, in the order of their names' bytes; at most `size`. Those that are being freed are absent. */
  abstract objects(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    page: { readonly after: string; readonly size: number },
  ): Promise<readonly ExpectedObject[]>;
  /** Those of the names that the index knows, or that are being freed. */
  abstract knownNames(tenant: TenantId, vault: VaultId, names: readonly string[]): Promise<ReadonlySet<string>>;
  /** What a destination has to hold; with `before`, only what was last read, or stored, before that instant. */
  abstract expected(tenant: TenantId, vault: VaultId, destination: DestinationId, before?: number): Promise<Expected>;
  /** Of what was last read, or stored, before an instant, that which was read longest ago; at most `size`. */
  abstract readLongestAgo(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    page: { readonly before: number; readonly size: number },
  ): Promise<readonly ExpectedObject[]>;
  /** Every byte of these was read, whatever was found. */
  abstract noteRead(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    names: readonly string[],
  ): Promise<void>;
  /**
   * In one transaction: keeps the finding, and sends readers elsewhere where another destination holds the object. Undefined where
   * nothing is expected there any more. Safe to repeat.
   */
  abstract noteDamage(
    tenant: TenantId,
    vault: VaultId,
    at: { readonly destination: DestinationId; readonly name: string },
    seen: SeenDamage,
  ): Promise<NotedDamage | undefined>;
  /** Keeps word of what is no damage of an object: an index that was put right, an object that is not in it, a destination of another day. */
  abstract tell(
    tenant: TenantId,
    vault: VaultId,
    at: { readonly destination: DestinationId; readonly name: string },
    told: ToldFinding,
  ): Promise<void>;
  /**
   * Of the objects that the job told of as unknown at a destination, those that another one holds are damaged there: good copies are owed
   * in their place. Answers how many; safe to repeat.
   */
  abstract replaceUnknown(tenant: TenantId, vault: VaultId, job: JobId): Promise<number>;
  /** The sealed bytes of a snapshot that the database keeps as well; undefined for other objects. */
  abstract keptBytes(tenant: TenantId, vault: VaultId, name: string): Promise<Uint8Array | undefined>;
  /** Where the index finds the chunks of a pack's trailer. */
  abstract chunksOf(tenant: TenantId, vault: VaultId, pack: RegisteredPack): Promise<readonly PackEntries[]>;
  /** Takes a pack's entries into the index anew, in place of those it had there. */
  abstract reindex(tenant: TenantId, vault: VaultId, pack: RegisteredPack): Promise<void>;
  /** Counts chunks and bytes of up to `size` packs after `after` anew. */
  abstract recount(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly after: number; readonly size: number },
  ): Promise<Recount>;
  /** Packs without any good copy. */
  abstract quarantined(tenant: TenantId, vault: VaultId): Promise<readonly PackName[]>;
  /** The sealed snapshots of a vault that can be restored, after `after`, in the order of their ids; at most `size`. */
  abstract sealedSnapshots(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly after: string; readonly size: number },
  ): Promise<readonly (AffectedSnapshot & { readonly sealed: Uint8Array })[]>;
  /** Keeps which snapshots a quarantined pack affects, in place of what was kept before. */
  abstract noteAffected(
    tenant: TenantId,
    vault: VaultId,
    pack: PackName,
    snapshots: readonly AffectedSnapshot[],
  ): Promise<void>;
  /** Number of the newest object of a vault; 0 where it has none. */
  abstract newestObject(tenant: TenantId, vault: VaultId): Promise<number>;
  /** What the job found missing at a destination beside what that holds, of the objects up to a number. */
  abstract lostByAge(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    of: { readonly job: JobId; readonly upTo: number },
  ): Promise<LostByAge>;
  /** Forgets what earlier checks found and nobody has to look at any more: what was mended, and what was only told. */
  abstract forgetOlder(tenant: TenantId, vault: VaultId, job: JobId): Promise<void>;
  /** What a check has found so far, and what of all findings is not mended. */
  abstract tally(tenant: TenantId, vault: VaultId, job: JobId): Promise<FindingTally>;
  /** In the order of names. `size` from 1 to 1,000. */
  abstract findings(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly size: number; readonly token: string },
  ): Promise<FindingPage>;
}
