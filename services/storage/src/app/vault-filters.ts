import { type ChunkId, Clock, type TenantId, type VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { ChunkFilter } from '../domain/chunk-filter.js';
import { ChunkIndex } from './chunk-index.port.js';

/** Memory that all filters of this process may take, in bytes. */
export abstract class FilterMemory {
  abstract readonly bytes: number;
}

/** Chunks that the filter of a small vault has room for. */
const LEAST_CAPACITY = 65_536;
/** Vaults that are remembered; one that has no filter takes next to nothing. */
const MAX_VAULTS = 1_000;
/** How much a vault may grow before its filter is made anew. */
const GROWTH = 2;
/** How long other storages' packs may stay unknown here. */
const CATCH_UP_MS = 2_000;
/** Numbers are given before packs become visible: so far behind the newest, one may still turn up. */
const OVERLAP = 1_000;

/** One vault's filter; until it is whole it says nothing. */
interface VaultFilter {
  filter: ChunkFilter | undefined;
  /** Packs whose chunks it has, as far as one may still turn up. */
  readonly packs: Set<number>;
  newestPack: number;
  isWhole: boolean;
  caughtUpAt: number;
  work: Promise<void> | undefined;
}

/**
 * Says of most chunks that a vault lacks them, without a look into the index. Wrong only in the safe ways: a chunk that another
 * storage took in a moment ago may be called missing and is then stored twice.
 */
@Injectable()
export class VaultFilters {
  /** In the order of use, the one that rested longest first. */
  readonly #filters = new Map<string, VaultFilter>();

  constructor(
    private readonly index: ChunkIndex,
    private readonly memory: FilterMemory,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Those of the chunks that the index has to be asked for: all of them while a filter is being made. */
  likely(tenant: TenantId, vault: VaultId, chunks: readonly ChunkId[]): readonly ChunkId[] {
    const held = this.#use(tenant, vault);
    this.#mayWork(tenant, vault, held);
    const { filter, isWhole } = held;
    return filter && isWhole ? chunks.filter((chunk) => filter.mayHave(chunk)) : chunks;
  }

  /** Learns of a pack that this process took into the index. */
  registered(tenant: TenantId, vault: VaultId, packNo: number, chunks: readonly ChunkId[]): void {
    const held = this.#filters.get(keyOf(tenant, vault));
    if (held) addPack(held, packNo, chunks);
  }

  #use(tenant: TenantId, vault: VaultId): VaultFilter {
    const key = keyOf(tenant, vault);
    const held = this.#filters.get(key) ?? {
      filter: undefined,
      packs: new Set<number>(),
      newestPack: 0,
      isWhole: false,
      caughtUpAt: -Infinity,
      work: undefined,
    };
    this.#filters.delete(key);
    this.#filters.set(key, held);
    const [oldest] = this.#filters.keys();
    if (oldest !== undefined && this.#filters.size > MAX_VAULTS) this.#filters.delete(oldest);
    return held;
  }

  /** Starts what is due, beside the call: an answer never waits for it. A filter that could not be made is tried again. */
  #mayWork(tenant: TenantId, vault: VaultId, held: VaultFilter): void {
    if (held.work || this.clock.now() - held.caughtUpAt < CATCH_UP_MS) return;
    held.caughtUpAt = this.clock.now();
    const isUsable = held.filter !== undefined && held.isWhole && !held.filter.isOverfull;
    const work = isUsable ? this.#catchUp(tenant, vault, held) : this.#make(tenant, vault, held);
    held.work = work
      .catch((error: unknown) => {
        const context = { tenantId: tenant, vaultId: vault, error };
        this.logger.warn('The filter of a vault could not be brought up to date; it is tried again', context);
      })
      .finally(() => (held.work = undefined));
  }

  async #make(tenant: TenantId, vault: VaultId, held: VaultFilter): Promise<void> {
    const { chunks, newestPack } = await this.index.size(tenant, vault);
    const capacity = Math.max(LEAST_CAPACITY, GROWTH * chunks);
    if (ChunkFilter.bytesFor(capacity) > this.memory.bytes) return;
    held.isWhole = false;
    const filter = new ChunkFilter(capacity);
    held.filter = filter;
    held.packs.clear();
    // Those that are there by now are read with all the rest; what comes meanwhile is added beside.
    for (const packNo of await this.index.packsAfter(tenant, vault, newestPack - OVERLAP)) held.packs.add(packNo);
    held.newestPack = newestPack;
    this.#makeRoom(held);
    for await (const page of this.index.allChunks(tenant, vault)) for (const chunk of page) filter.add(chunk);
    await this.#catchUp(tenant, vault, held);
    held.isWhole = true;
  }

  async #catchUp(tenant: TenantId, vault: VaultId, held: VaultFilter): Promise<void> {
    const numbers = await this.index.packsAfter(tenant, vault, held.newestPack - OVERLAP);
    for (const packNo of numbers)
      if (!held.packs.has(packNo)) addPack(held, packNo, await this.index.chunksIn(tenant, vault, packNo));
  }

  /** Lets go of the filters that rested longest. */
  #makeRoom(keep: VaultFilter): void {
    let bytes = [...this.#filters.values()].reduce((sum, { filter }) => sum + (filter?.bytes ?? 0), 0);
    for (const [key, held] of this.#filters) {
      if (bytes <= this.memory.bytes) return;
      if (held === keep || !held.filter) continue;
      bytes -= held.filter.bytes;
      this.#filters.delete(key);
    }
  }
}

function addPack(held: VaultFilter, packNo: number, chunks: readonly ChunkId[]): void {
  for (const chunk of chunks) held.filter?.add(chunk);
  held.packs.add(packNo);
  held.newestPack = Math.max(held.newestPack, packNo);
  for (const old of held.packs) if (old < held.newestPack - OVERLAP) held.packs.delete(old);
}

const keyOf = (tenant: TenantId, vault: VaultId) => `${tenant}/${vault}`;
