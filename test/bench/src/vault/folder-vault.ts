import type { Destination } from '@holdfast/destinations';
import { AppError, type ChunkId, type PackName, parsePackName } from '@holdfast/kernel';
import {
  type ChunkLookup,
  type ChunkPlace,
  ChunkSource,
  packObjectName,
  type PackSink,
  readPackContents,
  type SealedPack,
} from '@holdfast/vault';
import { mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PlaceTable } from './place-table.js';

/** Packs whose trailers are read at the same time. */
const LOADS = 4;

/** A vault's packs in a folder, as restic keeps its own; where chunks lie is held in memory for the one run. */
export class FolderVault extends ChunkSource implements ChunkLookup, PackSink {
  storedBytes = 0;
  packs = 0;
  readonly #places = new PlaceTable();

  constructor(private readonly folder: string) {
    super();
  }

  /** Learns where chunks lie from the packs' own trailers: what an index in a database knows without reading. */
  async load(destination: Destination, indexKey: Uint8Array): Promise<void> {
    const packs = destination.list('packs/');
    const loadSome = async () => {
      for await (const { name, bytes } of packs) await this.#loadPack(destination, name, bytes, indexKey);
    };
    await Promise.all(Array.from({ length: LOADS }, loadSome));
  }

  async findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return new Set(ids.filter((id) => !this.#places.has(id)));
  }

  async findPlaced(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return new Set((await this.locate(ids)).keys());
  }

  async put({ name, branch, bytes, entries }: SealedPack): Promise<void> {
    const path = join(this.folder, packObjectName(name));
    await mkdir(dirname(path), { recursive: true });
    const file = await open(`${path}.new`, 'w');
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    for (const entry of entries) this.#places.set({ ...entry, pack: name, branch });
    this.storedBytes += bytes.byteLength;
    this.packs += 1;
  }

  async #loadPack(destination: Destination, object: string, bytes: number, indexKey: Uint8Array): Promise<void> {
    const name = parsePackName(basename(object));
    const read = (offset: number, length: number) => destination.read(object, { offset, length });
    const { header, entries } = await readPackContents(read, bytes, indexKey);
    for (const entry of entries) this.#places.set({ ...entry, pack: name, branch: header.branch });
  }

  async locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    return new Map(
      ids.flatMap((id) => {
        const place = this.#places.get(id);
        return place ? [[id, place] as const] : [];
      }),
    );
  }

  async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    const file = await open(join(this.folder, packObjectName(pack)));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead !== length) throw new AppError('STORE_UNAVAILABLE', 'A pack is shorter than its index says.');
      return buffer;
    } finally {
      await file.close();
    }
  }
}
