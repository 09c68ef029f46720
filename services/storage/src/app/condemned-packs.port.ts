import type { DestinationId, JobId, PackName, TenantId, VaultId } from '@holdfast/kernel';
import type { Branch, PackVerdict } from '@holdfast/vault';
import type { Erasure } from './erasures.port.js';
import type { RegisteredPack } from './chunk-index.port.js';
import type { IdHead } from './needed-ids.port.js';

/** Where the index finds a chunk. */
export interface IndexedChunk {
  readonly head: IdHead;
  readonly packNo: number;
  readonly sealedBytes: number;
}

export interface PackToDecide {
  readonly packNo: number;
  readonly name: PackName;
  readonly branch: Branch;
  readonly bytes: number;
  /** It came since an instant (milliseconds since the epoch), or a pack that did has chunks that the index finds here. */
  readonly isRecent: boolean;
  /** No destination holds it whole: nothing is copied from it. */
  readonly isDamaged: boolean;
  /** When the last lock on it ends, in milliseconds since the epoch; undefined where none holds. */
  readonly lockedUntil: number | undefined;
}

/** Packs that a space freeing decided alike. Bytes are sealed ones. */
export interface FreeingShare {
  readonly verdict: PackVerdict['do'];
  readonly because: PackVerdict['because'];
  readonly packs: number;
  readonly bytes: number;
  readonly neededBytes: number;
  /** Of the bytes, those of packs that go and that a destination keeps locked; and when the last of those locks ends. */
  readonly lockedBytes: number;
  readonly lockedUntil: number | undefined;
}

export interface FreeingReport {
  readonly jobId: JobId;
  readonly dryRun: boolean;
  readonly decidedAt: number;
  readonly shares: readonly FreeingShare[];
}

/** What the destinations still hold of what was condemned. */
export interface WaitingDeletions {
  readonly objects: number;
  readonly bytes: number;
  /**
   * Of these bytes, what destinations keep locked, and packs that wait there behind snapshots which are; and when the last of those locks ends, in
   * milliseconds since the epoch.
   */
  readonly lockedBytes: number;
  readonly lockedUntil: number | undefined;
  /** Together all of it, in the order of destinations. */
  readonly shares: readonly WaitingShare[];
}

/**
 * Until a lock ends; until the freeing has ended that was putting it there, or broke off; until its rest ends, for readers; for copies of what
 * was stored before; for snapshots that go first; for another try, where one failed; for storage to come to it.
 */
export type WaitsFor = 'lock' | 'unfinished' | 'rest' | 'copies' | 'snapshots' | 'another-try' | 'turn';

/** What waits at one destination for one thing. */
export interface WaitingShare {
  readonly destinationId: DestinationId;
  readonly waitsFor: WaitsFor;
  readonly objects: number;
  readonly bytes: number;
  /** When the last of it waits no longer, in milliseconds since the epoch, where that is known. */
  readonly until: number | undefined;
}

/** What came of an attempt to condemn packs. `mark-first`: snapshots were stored since, and nothing was condemned. */
export type Condemned =
  { readonly do: 'mark-first' } | { readonly do: 'condemned'; readonly packNos: ReadonlySet<number> };

/** A pack made of chunks of others. */
export interface RepackedPack {
  readonly pack: RegisteredPack;
  /** The packs that its chunks come from. */
  readonly from: readonly number[];
}

/** Terms under which a transaction condemns. */
export interface CondemningTerms {
  /** The newest snapshot that was marked. */
  readonly upTo: number;
  /** The newest pack when the freeing began. */
  readonly newest: number;
  /** Packs of which snapshots need something that were stored since. */
  readonly neededSince: ReadonlySet<number>;
  /** Deletion is not before so many milliseconds have passed. */
  readonly restMs: number;
}

/** Packs as space freeing looks at them, and what becomes of those that nothing needs. */
export abstract class CondemnedPacks {
  /** The live ones, ascending, up to `newest`. */
  abstract numbers(tenant: TenantId, vault: VaultId, newest: number): Promise<Float64Array>;
  /** The numbers of those that the vault has. */
  abstract numbersOf(tenant: TenantId, vault: VaultId, packs: readonly PackName[]): Promise<readonly number[]>;
  /** Packs that are pinned for a task. */
  abstract pinned(tenant: TenantId, vault: VaultId): AsyncIterable<readonly number[]>;
  /** All chunks of the vault, in the order of the ids, page by page. */
  abstract chunks(tenant: TenantId, vault: VaultId): AsyncIterable<readonly IndexedChunk[]>;
  /** The chunks of a few packs, in the order of the ids. */
  abstract chunksOf(
    tenant: TenantId,
    vault: VaultId,
    packNos: readonly number[],
  ): AsyncIterable<readonly IndexedChunk[]>;
  /** The live packs up to `newest`, ascending, page by page. */
  abstract toDecide(
    tenant: TenantId,
    vault: VaultId,
    recent: { readonly newest: number; readonly since: number | undefined },
  ): AsyncIterable<readonly PackToDecide[]>;
  /** How many up to `newest` are away: nobody decides on them, and the destinations that hold them are to come back. */
  abstract countAway(tenant: TenantId, vault: VaultId, newest: number): Promise<number>;
  /**
   * One transaction, alone with the vault: condemns those of the packs that are live and unpinned and not in `neededSince`, unless a
   * snapshot was stored after `upTo`. They are deleted at their destinations after a rest.
   */
  abstract condemn(
    tenant: TenantId,
    vault: VaultId,
    packNos: readonly number[],
    terms: CondemningTerms,
  ): Promise<Condemned>;
  /** Notes before a repacked pack is put where it goes, so that it is deleted there where nobody comes to register it. */
  abstract announce(tenant: TenantId, vault: VaultId, pack: RegisteredPack): Promise<void>;
  /**
   * As {@link condemn} for the packs that were copied from: the index finds their chunks in the new pack from then on. Those that may not
   * be condemned keep their chunks. Where something was deleted on request after `erasure`, the new pack counts as from before that. Where
   * none may be condemned it is deleted where it was put. CONFLICT where the announcement has run out.
   */
  abstract replace(
    tenant: TenantId,
    vault: VaultId,
    repacked: RepackedPack,
    terms: CondemningTerms & { readonly erasure: Erasure | undefined },
  ): Promise<Condemned>;
  /** Keeps what a freeing said in place of what an earlier one did. */
  abstract saveReport(tenant: TenantId, vault: VaultId, report: Omit<FreeingReport, 'decidedAt'>): Promise<void>;
  abstract report(
    tenant: TenantId,
    vault: VaultId,
  ): Promise<{ readonly report: FreeingReport | undefined; readonly waiting: WaitingDeletions }>;
}
