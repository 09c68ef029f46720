import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { afterAll, describe, expect, it } from '@jest/globals';
import { hash } from 'node:crypto';
import type { ContentRef } from '../item-record.js';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { VaultReader } from '../reader/vault-reader.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { ThreadOpening } from './thread-opening.js';

const random = seededRandomBytes('thread-opening');
const script = new URL('./opening-thread.ts', import.meta.url);
const worker = { execArgv: ['--import', new URL('../../../testkit/run-typescript.mjs', import.meta.url).href] };
const opening = new ThreadOpening({ threads: 2, script, worker });
afterAll(() => opening[Symbol.asyncDispose]());

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer');
/** With an attachment that is kept as the bytes it stands for. */
const MESSAGE = Buffer.from(
  ['Content-Type: application/pdf', 'Content-Transfer-Encoding: base64', '', '']
    .join('\r\n')
    .concat(Buffer.from(random(30_000)).toString('base64').replaceAll(/.{76}/g, '$&\r\n')),
);

/** A vault with content that zstd shrinks, content that it does not, and short content. */
async function filled(rings = 1) {
  const keys = deriveVaultKeys(Array.from({ length: rings }, () => newRootKey(random)));
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random });
  const task = writer.forTask(vault.lookup);
  const contents: readonly Uint8Array[] = [
    random(3_000_000),
    Buffer.alloc(2_000_000, 'text that repeats '),
    random(40),
    Buffer.alloc(700, 'x'),
  ];
  const refs = await Promise.all(contents.map(async (content) => (await task.writeContent([content])).ref));
  const { ref: messageRef } = await task.writeMail([MESSAGE]);
  await task.flush();
  return { keys, vault, contents, refs, messageRef, reader: new VaultReader({ keys, source: vault, opening }) };
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

  it('opens whole contents: files, messages and what shares a chunk with others, but none that is not what was stored', async () => {
    const { keys, vault, contents, refs, messageRef } = await filled();
    const [file, text, short] = refs as [ContentRef, ContentRef, ContentRef];
    const twoTexts = Buffer.concat([contents[2]!, contents[2]!]);
    const doubled = { ...short, bytes: 80, chunks: [...short.chunks, ...short.chunks], sha256: sha256(twoTexts) };
    const lying = { ...text, sha256: short.sha256 };
    const place = vault.places.get(file.chunks[1]!)!;
    vault.packs.get(place.pack)![place.offset + 20]! ^= 1;
    const reader = new VaultReader({ keys, source: vault, opening });
    const given = new Map<string, Uint8Array | undefined>();
    for await (const group of reader.inPlaceOrder(
      (async function* () {
        yield* Object.entries({ file, text, short, doubled, lying, message: messageRef });
      })(),
      ([, ref]) => ref,
    ))
      for (const { entry, content } of group) given.set(entry[0], content && Uint8Array.from(content));
    expect(given).toEqual(
      new Map<string, Uint8Array | undefined>([
        ['file', undefined],
        ['text', contents[1]],
        ['short', contents[2]],
        ['doubled', twoTexts],
        ['lying', undefined],
        ['message', MESSAGE],
      ]),
    );
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
    const [at, ref] = [0, refs[0]!];
    const place = vault.places.get(ref.chunks[0]!)!;
    const pack = vault.packs.get(place.pack)!;
    vault.readRange = async (_pack, offset, length) => pack.subarray(offset, offset + length);
    const reader = new VaultReader({ keys, source: vault, opening });
    expect((await readAll(reader.readContent(ref))).equals(contents[at]!)).toBe(true);
    expect(pack.byteLength).toBeGreaterThan(0);
  });

  it('fails what waits for a thread that ends, and starts another for what is asked then', async () => {
    const isFirst = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const endsOnce = `import { workerData } from 'node:worker_threads';
      if (Atomics.exchange(workerData, 0, 0) === 1) process.exit(1);
      await import(${JSON.stringify(script.href)});`;
    await using fragile = new ThreadOpening({
      threads: 1,
      script: new URL(`data:text/javascript,${encodeURIComponent(endsOnce)}`),
      worker: { ...worker, workerData: isFirst },
    });
    const { keys, vault, refs, contents } = await filled();
    const read = () => readAll(new VaultReader({ keys, source: vault, opening: fragile }).readContent(refs[0]!));
    await expect(read()).rejects.toThrow('A thread that opens chunks has failed');
    expect((await read()).equals(contents[0]!)).toBe(true);
  }, 30_000);

  it('starts no thread for what is asked after its end', async () => {
    const ended = new ThreadOpening({ threads: 1, script, worker });
    const { keys, vault, refs } = await filled();
    await ended[Symbol.asyncDispose]();
    const reader = new VaultReader({ keys, source: vault, opening: ended });
    await expect(readAll(reader.readContent(refs[0]!))).rejects.toThrow('The threads that open chunks have ended');
  });
});
