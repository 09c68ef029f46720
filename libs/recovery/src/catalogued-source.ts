import type { Destination } from '@holdfast/destinations';
import type { ChunkId, PackName } from '@holdfast/kernel';
import { type ChunkPlace, ChunkSource, packObjectName } from '@holdfast/vault';
import type { PackCatalogue } from './pack-catalogue.js';

/** Reads chunks straight from a destination, by the catalogue of its packs. */
export class CataloguedSource extends ChunkSource {
  constructor(
    private readonly destination: Destination,
    private readonly catalogue: PackCatalogue,
  ) {
    super();
  }

  override async locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    const found = new Map<ChunkId, ChunkPlace>();
    for (const id of ids) {
      const place = this.catalogue.find(id);
      if (place) found.set(id, place);
    }
    return found;
  }

  override async doubles({ chunkId, pack }: ChunkPlace): Promise<readonly ChunkPlace[]> {
    return this.catalogue.findAll(chunkId).filter((place) => place.pack !== pack);
  }

  override async readRange(
    pack: PackName,
    offset: number,
    length: number,
    into?: Buffer<ArrayBuffer>,
  ): Promise<Uint8Array> {
    return this.destination.read(packObjectName(pack), { offset, length }, into);
  }
}
