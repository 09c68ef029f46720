import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { afterAll, describe, expect, it } from '@jest/globals';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { VaultReader } from '../reader/vault-reader.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { ThreadOpening } from './thread-opening.js';

const random = seededRandomBytes('thread-opening');
const opening = new ThreadOpening({
  threads: 2,
  script: new URL('./opening-thread.ts', import.meta.url),
  worker: { execArgv: ['--import', new URL('../../../testkit/run-typescript.mjs', import.meta.url).href] },
});
afterAll(() => opening[Symbol.asyncDispose]());

/** A vault with content that zstd shrinks, content that it does not, and short content. */
async function filled(rings = 1) {
  const keys = deriveVaultKeys(Array.from({ length: rings }, () => newRootKey(random)));
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random });
  const task = writer.forTask(vault.lookup);
  const contents = [
    random(3_000_000),
    Buffer.alloc(2_000_000, 'text that repeats '),
    random(40),
    Buffer.alloc(700, 'x'),
  ];
  const refs = await Promise.all(contents.map(async (content) => (await task.writeContent([content])).ref));
  await task.flush();
  return { keys, vault, contents, refs, reader: new VaultReader({ keys, source: vault, opening }) };
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

describe('ThreadOpening', () => {
  it('opens what several vaults hold, each under its own keys', async () => {
    for (const { reader, refs, contents } of [await filled(), await filled(2), await filled()])
      for (let round = 0; round < 2; round += 1)
        for (const [at, ref] of refs.entries())
          expect((await readAll(reader.readContent(ref))).equals(contents[at]!)).toBe(true);
  }, 30_000);

  it('names the damaged chunk, and opens the others', async () => {
    const { vault, refs, contents, reader } = await filled();
    const place = vault.places.get(refs[0]!.chunks[0]!)!;
    vault.packs.get(place.pack)![place.offset + 20]! ^= 1;
    await expect(readAll(reader.readContent(refs[0]!))).rejects.toMatchObject({
      code: 'CHUNK_CORRUPT',
      message: expect.stringContaining(`${place.chunkId} of pack ${place.pack}`),
    });
    expect((await readAll(reader.readContent(refs[1]!))).equals(contents[1]!)).toBe(true);
  });

  it('opens no content for a reader that holds keys of metadata alone', async () => {
    const { vault, refs, keys } = await filled();
    const { dataIdKey: _id, ring, ...others } = keys;
    const metadata = { ...others, ring: ring.map(({ keyId, meta }) => ({ keyId, meta })) };
    const reader = new VaultReader({ keys: metadata, source: vault, opening });
    await expect(readAll(reader.readContent(refs[2]!))).rejects.toMatchObject({ code: 'KEY_WRONG' });
  });

  it('leaves a stretch that is a part of other memory to its owner', async () => {
    const { keys, vault, refs, contents } = await filled();
    const [at, ref] = [2, refs[2]!];
    const place = vault.places.get(ref.chunks[0]!)!;
    const pack = vault.packs.get(place.pack)!;
    vault.readRange = async (_pack, offset, length) => pack.subarray(offset, offset + length);
    const reader = new VaultReader({ keys, source: vault, opening });
    expect((await readAll(reader.readContent(ref))).equals(contents[at]!)).toBe(true);
    expect(pack.byteLength).toBeGreaterThan(0);
  });

  it('fails what waits for a thread that ends, and starts another for what is asked then', async () => {
    const { refs, contents, reader } = await filled();
    const reading = readAll(reader.readContent(refs[0]!));
    const broken = expect(reading).rejects.toThrow('A thread that opens chunks has failed');
    await new Promise((soon) => setImmediate(soon));
    await opening[Symbol.asyncDispose]();
    await broken;
    expect((await readAll(reader.readContent(refs[0]!))).equals(contents[0]!)).toBe(true);
  }, 30_000);
});
