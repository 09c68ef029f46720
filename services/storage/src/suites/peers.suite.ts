import { parseChunkId, parsePackName, type ChunkId, type PackName } from '@holdfast/kernel';
import {
  ChunkLookup,
  ChunkSource,
  decodeTrailerEntries,
  encodeTrailerEntries,
  PackSink,
  VaultWriter,
  type SealedPack,
} from '@holdfast/vault';
import { expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { idBytes, inVault, keys, type StorageUnderTest } from './storage-under-test.suite.js';

/** What a crawler does with a sealed pack. */
export class Crawler extends PackSink {
  readonly written: PackName[] = [];

  constructor(private readonly storage: StorageUnderTest) {
    super();
  }

  override async put(pack: SealedPack): Promise<void> {
    const grant = await this.storage.grantOf();
    const name = Buffer.from(pack.name, 'hex');
    const { places } = await this.storage.packs().requestPlaces({
      grant,
      packs: [{ name, bytes: pack.bytes.byteLength }],
      failedDestinationIds: [],
    });
    const { isPresent, method, url, headers, destinationId } = places[0]!;
    if (!isPresent) {
      const answer = await fetch(url, { method, headers, body: Uint8Array.from(pack.bytes) });
      expect(answer.status).toBe(200);
    }
    const { branch, bytes } = pack;
    const entries = encodeTrailerEntries(pack.entries);
    const registered = { name, bytes: bytes.byteLength, branch, destinationId, entries };
    await this.storage.packs().registerPacks({ grant, packs: [registered] });
    this.written.push(pack.name);
  }
}

/** How a crawler asks what is new. */
export class Known extends ChunkLookup {
  constructor(private readonly storage: StorageUnderTest) {
    super();
  }

  override async findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    const questions = [{ grant: await this.storage.grantOf(), chunkIds: idBytes(ids) }];
    const { missingChunkIds } = await this.storage.chunks().findMissing({ questions });
    const hex = Buffer.concat(missingChunkIds).toString('hex');
    return new Set(ids.filter((id) => hex.includes(id)));
  }

  override async findPlaced(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return new Set((await new Restore(this.storage).locate(ids)).keys());
  }
}

/** What a restore does to read. */
export class Restore extends ChunkSource {
  constructor(private readonly storage: StorageUnderTest) {
    super();
  }

  override async locate(ids: readonly ChunkId[]) {
    const found = await this.storage
      .chunks()
      .locate({ ...inVault, chunkIds: idBytes(ids), grant: await this.storage.grantOf() });
    return new Map(
      found.packs.flatMap(({ pack, branch, entries }) =>
        decodeTrailerEntries(entries).map((entry) => {
          const place = {
            ...entry,
            pack: parsePackName(pack.toString('hex')),
            branch: branch === 'data' ? ('data' as const) : ('meta' as const),
          };
          return [parseChunkId(entry.chunkId), place] as const;
        }),
      ),
    );
  }

  override async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    const { places } = await this.storage.packs().requestReadPlaces({
      ...inVault,
      packs: [Buffer.from(pack, 'hex')],
      failedDestinationIds: [],
      damagedDestinationIds: [],
      grant: await this.storage.grantOf(),
    });
    const { url, headers } = places[0]!;
    const range = `bytes=${offset}-${offset + length - 1}`;
    const answer = await fetch(url, { headers: { ...headers, range } });
    expect(answer.status).toBe(206);
    return new Uint8Array(await answer.arrayBuffer());
  }
}

/** A pack of one new chunk, as a writer hands it on. */
export async function sealedPack(storage: StorageUnderTest, content = randomBytes(1_000)): Promise<SealedPack> {
  const packs: SealedPack[] = [];
  const sink = new (class extends PackSink {
    override async put(pack: SealedPack): Promise<void> {
      packs.push({ ...pack, bytes: Uint8Array.from(pack.bytes) });
    }
  })();
  const writer = new VaultWriter({ keys, lookup: new Known(storage), sink, random: randomBytes });
  await writer.put('data', content);
  await writer.flush();
  writer.close();
  const [pack] = packs;
  if (!pack) throw new Error('a flushed chunk lies in a pack');
  return pack;
}
