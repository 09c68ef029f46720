import { parsePackId } from '@holdfast/kernel';
import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { VaultReader } from '../reader/vault-reader.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { parsePack } from './pack-reader.js';
import { Repacker } from './repacker.js';

const random = seededRandomBytes('repacker');
const keys = deriveVaultKeys([newRootKey(random)]);

/** Contents in two packs, and the chunks of every other content carried into a third. */
async function repacked() {
  const vault = new MemoryVault();
  const options = { keys, lookup: vault.lookup, sink: vault.sink, random, chunks: SMALL };
  const contents = [];
  for (let pack = 0; pack < 2; pack++) {
    const writer = new VaultWriter(options).forTask(vault.lookup);
    for (let n = 0; n < 6; n++) contents.push(await writer.writeContent([random(2000)]));
    await writer.flush();
  }
  const kept = contents.filter((_, at) => at % 2 === 0).map(({ ref }) => ref);
  const wanted = new Set(kept.flatMap((ref) => ref.chunks));
  const sources = [...vault.packs];
  const [first] = sources;
  const repacker = new Repacker(
    parsePack(first![1], keys.indexKey).header,
    parsePackId(Buffer.from(random(16)).toString('hex')),
    keys.indexKey,
  );
  for (const [, bytes] of sources)
    for (const entry of parsePack(bytes, keys.indexKey).entries)
      if (wanted.has(entry.chunkId))
        repacker.add(entry, bytes.subarray(entry.offset, entry.offset + entry.sealedBytes));
  return { vault, kept, wanted, sources, expectedBytes: repacker.bytes, pack: repacker.finish() };
}

const SMALL = { minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

describe('Repacker', () => {
  it('makes a pack that says what it holds and is read as any, with the births of the packs before', async () => {
    const { vault, kept, wanted, sources, expectedBytes, pack } = await repacked();
    const { header, entries } = parsePack(pack.bytes, keys.indexKey);
    expect([pack.bytes.byteLength, header.packId]).toEqual([expectedBytes, pack.packId]);
    expect(entries).toEqual(pack.entries);
    expect(new Set(entries.map(({ chunkId }) => chunkId))).toEqual(wanted);
    expect(new Set(entries.map(({ birthPackId }) => birthPackId)).size).toBe(2);
    const reader = new VaultReader({ keys, source: vault });
    const before = await Promise.all(kept.map((ref) => readAll(reader.readContent(ref))));
    for (const [name] of sources) vault.packs.delete(name);
    await vault.sink.put(pack);
    for (const entry of pack.entries)
      vault.places.set(entry.chunkId, { ...entry, pack: pack.name, branch: pack.branch });
    const again = new VaultReader({ keys, source: vault });
    expect(await Promise.all(kept.map((ref) => readAll(again.readContent(ref))))).toEqual(before);
  });

  it('is found by a reader that had located its chunks before', async () => {
    const { vault, kept, sources, pack } = await repacked();
    const move = async () => {
      for (const [name] of sources) vault.packs.delete(name);
      await vault.sink.put(pack);
      for (const entry of pack.entries)
        vault.places.set(entry.chunkId, { ...entry, pack: pack.name, branch: pack.branch });
    };
    const locate = vault.locate.bind(vault);
    let isMoved = false;
    vault.locate = async (ids) => {
      const places = await locate(ids);
      if (!isMoved) await move();
      isMoved = true;
      return places;
    };
    const reader = new VaultReader({ keys, source: vault });
    expect((await readAll(reader.readContent(kept[0]!))).byteLength).toBe(2000);
    vault.packs.clear();
    await expect(new VaultReader({ keys, source: vault }).readChunk('data', kept[1]!.chunks[0]!)).rejects.toMatchObject(
      {
        code: 'OBJECT_NOT_FOUND',
      },
    );
  });
});
