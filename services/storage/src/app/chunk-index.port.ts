import type { ChunkId, DestinationId, PackId, PackName, TenantId, VaultId } from '@holdfast/kernel';
import type { Branch, TrailerEntry } from '@holdfast/vault';
import type { TaskFence } from './task-fence.js';

/** A pack as a crawler tells of it. */
export interface ClaimedPack {
  readonly name: PackName;
  readonly bytes: number;
  readonly branch: Branch;
  readonly destinationId: DestinationId;
  readonly entries: readonly TrailerEntry[];
}

/** A pack whose trailer was read back from the destination and says the same. */
export interface RegisteredPack extends ClaimedPack {
  readonly packId: PackId;
}

/** Chunks that lie in one pack. */
export interface PackEntries {
  readonly pack: PackName;
  readonly branch: Branch;
  readonly entries: readonly TrailerEntry[];
}

/** What a snapshot builds on. */
export interface NeededPacks {
  /** Of the task that asks: it needs the packs that hold what it was told the vault has. */
  readonly epoch: number;
  /** Packs that the task wrote. */
  readonly newPacks: readonly PackName[];
}

/**
 * Knows which chunk lies in which pack. Never answers across vaults, nor across tenants. What it does not know is stored again;
 * what it says is there, is there: packs that are condemned, or away at destinations that are down, are never answered.
 */
export abstract class ChunkIndex {
  /** Those of the packs that the vault has and keeps. */
  abstract presentPacks(tenant: TenantId, vault: VaultId, packs: readonly PackName[]): Promise<ReadonlySet<PackName>>;
  /** Those of the needed packs that the vault does not have or does not keep; at most `limit` of them. */
  abstract missingPacks(
    tenant: TenantId,
    vault: VaultId,
    needed: NeededPacks,
    limit: number,
  ): Promise<readonly PackName[]>;
  /** All needed packs, whatever has become of them, page by page: those that were known may be most of the vault. */
  abstract neededPacks(tenant: TenantId, vault: VaultId, needed: NeededPacks): AsyncIterable<readonly PackName[]>;
  /** Those of the packs that lie at none but these destinations are away, until another has a copy. */
  abstract setAway(
    tenant: TenantId,
    vault: VaultId,
    packs: readonly PackName[],
    destinations: readonly DestinationId[],
  ): Promise<void>;
  /**
   * Answers the pack's number. Safe to repeat. A chunk that another live pack holds already keeps its place there. `prove` is shown
   * where the index finds the chunks that it took; where it throws, nothing was taken. GRANT_REFUSED where a higher epoch than the fence's was
   * seen; without a fence nobody holds a task.
   */
  abstract register(
    tenant: TenantId,
    vault: VaultId,
    pack: RegisteredPack,
    prove: (placed: readonly PackEntries[]) => void,
    fence?: TaskFence,
  ): Promise<number>;
  /**
   * Those of the chunks that the vault has. Their packs are pinned for the fence's epoch: a task builds on them. GRANT_REFUSED
   * where a higher epoch was seen.
   */
  abstract findKnown(
    tenant: TenantId,
    vault: VaultId,
    fence: TaskFence,
    chunks: readonly ChunkId[],
  ): Promise<ReadonlySet<ChunkId>>;
  /** Where the chunks lie; unknown ones are absent. */
  abstract locate(tenant: TenantId, vault: VaultId, chunks: readonly ChunkId[]): Promise<readonly PackEntries[]>;
  /** The chunks that the index finds in one pack. */
  abstract entriesOf(tenant: TenantId, vault: VaultId, pack: PackName): Promise<readonly TrailerEntry[]>;
  /** How many chunks the vault has, and the highest number of its packs; 0 for none. */
  abstract size(tenant: TenantId, vault: VaultId): Promise<{ readonly chunks: number; readonly newestPack: number }>;
  /** All chunks of the vault, page by page. */
  abstract allChunks(tenant: TenantId, vault: VaultId): AsyncIterable<readonly ChunkId[]>;
  /** Numbers of the vault's packs above `packNo`, ascending. */
  abstract packsAfter(tenant: TenantId, vault: VaultId, packNo: number): Promise<readonly number[]>;
  abstract chunksIn(tenant: TenantId, vault: VaultId, packNo: number): Promise<readonly ChunkId[]>;
}
