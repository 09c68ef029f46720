import { AppError, type ChunkId, type PackName } from '@holdfast/kernel';
import { ChunkLookup, type ChunkPlace, ChunkSource, PackSink, type SealedPack } from '@holdfast/vault';

/** The packs of a vault while it is cut, and where their chunks lie: behind the vault's ports, in memory. */
export class MemoryPacks extends ChunkSource {
  readonly packs = new Map<PackName, Uint8Array>();
  readonly places = new Map<ChunkId, ChunkPlace>();
  readonly lookup: ChunkLookup = new PlacesLookup(this.places);
  readonly sink: PackSink = new PacksSink(this);

  override async locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    return new Map(ids.flatMap((id) => this.places.get(id) ?? []).map((place) => [place.chunkId, place]));
  }

  override async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    const bytes = this.packs.get(pack);
    if (!bytes) throw new AppError('OBJECT_NOT_FOUND', 'There is no such pack.', { context: { pack } });
    return bytes.slice(offset, offset + length);
  }
}

class PlacesLookup extends ChunkLookup {
  constructor(private readonly places: ReadonlyMap<ChunkId, ChunkPlace>) {
    super();
  }

  override async findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return new Set(ids.filter((id) => !this.places.has(id)));
  }

  override async findPlaced(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return new Set(ids.filter((id) => this.places.has(id)));
  }
}

class PacksSink extends PackSink {
  constructor(private readonly vault: MemoryPacks) {
    super();
  }

  override async put({ name, branch, bytes, entries }: SealedPack): Promise<void> {
    // The bytes are the writer's again when this has resolved.
    this.vault.packs.set(name, Uint8Array.from(bytes));
    for (const entry of entries) this.vault.places.set(entry.chunkId, { ...entry, pack: name, branch });
  }
}
