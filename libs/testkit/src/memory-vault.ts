import { AppError, type ChunkId, type PackName } from '@holdfast/kernel';
import { ChunkLookup, type ChunkPlace, ChunkSource, PackSink, type SealedPack } from '@holdfast/vault';

/** A destination and its index in memory, behind the vault's ports; counts what it is asked. */
export class MemoryVault extends ChunkSource {
  readonly lookup: ChunkLookup = new MemoryLookup(this);
  readonly sink: PackSink = new MemorySink(this);
  readonly packs = new Map<PackName, Uint8Array>();
  readonly places = new Map<ChunkId, ChunkPlace>();
  readonly asked = { lookups: 0, lookedUp: 0, locates: 0, reads: 0, readBytes: 0, puts: 0 };
  /** When set, puts fail with it. */
  putFailure: Error | undefined;
  /** When set, look-ups fail with it. */
  lookupFailure: Error | undefined;
  /** Chunks that look-ups call known whether they are there or not. */
  readonly wronglyKnown = new Set<ChunkId>();
  /** Runs before a put is acknowledged. */
  beforePut: (pack: SealedPack) => Promise<void> = async () => undefined;

  /** Bytes of all packs. */
  get storedBytes(): number {
    return [...this.packs.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  }

  async locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    this.asked.locates++;
    checkCount(ids);
    return new Map(ids.flatMap((id) => this.places.get(id) ?? []).map((place) => [place.chunkId, place]));
  }

  async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    const bytes = this.packs.get(pack);
    if (!bytes) throw new AppError('OBJECT_NOT_FOUND', 'There is no such pack.', { context: { pack } });
    this.asked.reads++;
    this.asked.readBytes += length;
    return Uint8Array.from(bytes.subarray(offset, offset + length));
  }
}

class MemoryLookup extends ChunkLookup {
  constructor(private readonly vault: MemoryVault) {
    super();
  }

  async findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    this.vault.asked.lookups++;
    this.vault.asked.lookedUp += ids.length;
    checkCount(ids);
    if (this.vault.lookupFailure) throw this.vault.lookupFailure;
    return new Set(ids.filter((id) => !this.vault.places.has(id) && !this.vault.wronglyKnown.has(id)));
  }

  async findPlaced(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    checkCount(ids);
    return new Set(ids.filter((id) => this.vault.places.has(id)));
  }
}

class MemorySink extends PackSink {
  constructor(private readonly vault: MemoryVault) {
    super();
  }

  /** Copies the bytes: they are the writer's again when the promise settles. */
  async put(pack: SealedPack): Promise<void> {
    this.vault.asked.puts++;
    const bytes = Uint8Array.from(pack.bytes);
    await this.vault.beforePut(pack);
    if (this.vault.putFailure) throw this.vault.putFailure;
    this.vault.packs.set(pack.name, bytes);
    for (const entry of pack.entries)
      this.vault.places.set(entry.chunkId, { ...entry, pack: pack.name, branch: pack.branch });
  }
}

function checkCount(ids: readonly ChunkId[]): void {
  if (ids.length > 1000) throw new AppError('INVALID_ARGUMENT', 'At most 1,000 ids a call.');
}
