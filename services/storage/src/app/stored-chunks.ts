import { AppError, type ChunkId, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import { ChunkSource, isDamage, packObjectName, type ChunkPlace } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import { ChunkIndex } from './chunk-index.port.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth, isDestinationFailure } from './destination-health.js';
import { ObjectPlaces } from './object-places.port.js';

/** Read at once: nodes of a tree lie one after the other in the order in which they are walked. */
const BLOCK_BYTES = 1024 * 1024;
/** 64 MiB of packs. */
const BLOCKS_KEPT = 64;
/** A metadata pack has some thousand chunks of about 150 bytes each here. */
const PACKS_KEPT = 32;

/** Reads chunks of a vault where storage keeps them, for walks that read much of it. */
@Injectable()
export class StoredChunks {
  constructor(
    private readonly index: ChunkIndex,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
  ) {}

  of(tenant: TenantId, vault: VaultId): ChunkSource {
    return new WalkedVault(
      (ids) => this.#locate(tenant, vault, ids),
      (pack, offset, length) => this.read(tenant, vault, pack, { offset, length }),
      (pack, offset, length) => this.#copies(tenant, vault, pack, { offset, length }),
    );
  }

  /** Those of the bytes that exist, from the first destination that gives them. */
  async read(
    tenant: TenantId,
    vault: VaultId,
    pack: PackName,
    range: { readonly offset: number; readonly length: number },
  ): Promise<Buffer> {
    const name = packObjectName(pack);
    const holders = (await this.places.holdersOf(tenant, vault, [name])).get(name) ?? [];
    for (const [at, holder] of this.health.inOrder(tenant, holders).entries()) {
      try {
        const destination = await this.directory.open(tenant, vault, holder);
        return await this.health.watch(tenant, holder, async () => buffer(await destination.get(name, range)));
      } catch (error) {
        if (!isDestinationFailure(error) || at === holders.length - 1) throw error;
      }
    }
    throw new AppError('OBJECT_NOT_FOUND', 'No destination holds the pack. Check the integrity of the vault.', {
      context: { object: name },
    });
  }

  /** The bytes as each destination has them, those passed over that fail. */
  async *#copies(
    tenant: TenantId,
    vault: VaultId,
    pack: PackName,
    range: { readonly offset: number; readonly length: number },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const name = packObjectName(pack);
    const holders = (await this.places.holdersOf(tenant, vault, [name])).get(name) ?? [];
    for (const holder of this.health.inOrder(tenant, holders)) {
      const destination = await this.directory.open(tenant, vault, holder);
      const copy = await destination.read(name, range).catch((error: unknown) => {
        if (!isDestinationFailure(error) && !isDamage(error)) throw error;
      });
      if (copy) yield copy;
    }
  }

  /** All chunks of the packs that hold the ids: the next ones of a walk lie there too. */
  async #locate(tenant: TenantId, vault: VaultId, ids: readonly ChunkId[]): Promise<readonly ChunkPlace[]> {
    const found: ChunkPlace[] = [];
    for (const { pack, branch, entries } of await this.index.locate(tenant, vault, ids)) {
      const all = await this.index.entriesOf(tenant, vault, pack);
      for (const entry of all.length > 0 ? all : entries) found.push({ ...entry, pack, branch });
    }
    return found;
  }
}

class WalkedVault extends ChunkSource {
  readonly #packs = new Map<PackName, ReadonlyMap<ChunkId, ChunkPlace>>();
  readonly #blocks = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly find: (ids: readonly ChunkId[]) => Promise<readonly ChunkPlace[]>,
    private readonly read: (pack: PackName, offset: number, length: number) => Promise<Buffer>,
    private readonly copies: (
      pack: PackName,
      offset: number,
      length: number,
    ) => AsyncGenerator<Uint8Array, void, undefined>,
  ) {
    super();
  }

  override async locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    const found = new Map<ChunkId, ChunkPlace>();
    const unknown = ids.filter((id) => !this.#known(id, found));
    if (unknown.length === 0) return found;
    for (const [pack, places] of Map.groupBy(await this.find(unknown), ({ pack: name }) => name)) {
      keep(this.#packs, pack, new Map(places.map((place) => [place.chunkId, place])), PACKS_KEPT);
    }
    for (const id of unknown) this.#known(id, found);
    return found;
  }

  #known(id: ChunkId, found: Map<ChunkId, ChunkPlace>): boolean {
    for (const places of this.#packs.values()) {
      const place = places.get(id);
      if (!place) continue;
      found.set(id, place);
      return true;
    }
    return false;
  }

  override async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES);
    const blocks: Buffer[] = [];
    for (let block = first; block <= last; block++) blocks.push(await this.#block(pack, block));
    const bytes = blocks.length === 1 && blocks[0] ? blocks[0] : Buffer.concat(blocks);
    const from = offset - first * BLOCK_BYTES;
    // Whoever reads takes it for its own; the block stays here.
    return Uint8Array.from(bytes.subarray(from, from + length));
  }

  override readCopies(pack: PackName, offset: number, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    return this.copies(pack, offset, length);
  }

  #block(pack: PackName, block: number): Promise<Buffer> {
    const key = `${pack}/${block}`;
    const reading = this.#blocks.get(key) ?? this.read(pack, block * BLOCK_BYTES, BLOCK_BYTES);
    keep(this.#blocks, key, reading, BLOCKS_KEPT);
    // A read that failed is tried again by the next one.
    reading.catch(() => this.#blocks.delete(key));
    return reading;
  }
}

/** To the end of the row, and lets go of the first where there are too many. */
function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
