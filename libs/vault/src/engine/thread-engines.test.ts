import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { afterAll, describe, expect, it } from '@jest/globals';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { VaultReader } from '../reader/vault-reader.js';
import { VaultStore } from '../vault-store.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { ThreadEngines } from './thread-engines.js';

const random = seededRandomBytes('thread-engines');
const chunks = { minBytes: 1024, avgBytes: 4096, maxBytes: 16_384 };
const engines = new ThreadEngines({
  threads: 2,
  script: new URL('./engine-thread.ts', import.meta.url),
  worker: {
    execArgv: ['--import', new URL('../../../testkit/run-typescript.mjs', import.meta.url).href],
  },
});
afterAll(() => engines.close());

function open() {
  const keys = deriveVaultKeys([newRootKey(random)]);
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, chunks, engines });
  return { vault, writer, reader: new VaultReader({ keys, source: vault }) };
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

describe('ThreadEngines', () => {
  it('stores for several vaults at once what is read back the same', async () => {
    const store = async ({ vault, writer, reader }: ReturnType<typeof open>, i: number): Promise<void> => {
      const task = writer.forTask(vault.lookup);
      const content = random((i * 104_729) % 600_000);
      const mail = Buffer.from(
        `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from(content)
          .toString('base64')
          .replaceAll(/(.{76})/g, '$1\r\n')}`,
      );
      const stored = await Promise.all([task.writeContent([content]), task.writeMail([mail])]);
      await task.flush();
      expect((await readAll(reader.readContent(stored[0].ref))).equals(content)).toBe(true);
      expect((await readAll(reader.readContent(stored[1].ref))).equals(mail)).toBe(true);
    };
    const vaults = [open(), open(), open()];
    await Promise.all(Array.from({ length: 24 }, (_, i) => store(vaults[i % 3]!, i)));
    for (const { writer } of vaults) writer.close();
  }, 30_000);

  it('reads what lies in an open pack of another thread', async () => {
    const { writer, reader } = open();
    const store = new VaultStore(writer, reader);
    const ids = await Promise.all(Array.from({ length: 50 }, (_, i) => store.put('meta', Buffer.from(`node ${i}`))));
    for (const [i, id] of ids.entries()) expect(Buffer.from(await store.get('meta', id)).toString()).toBe(`node ${i}`);
  });

  it('fails the writers of a thread that ends, and serves those that are opened after', async () => {
    const { writer } = open();
    await writer.writeContent([random(1000)]);
    await engines.close();
    await expect(writer.writeContent([random(1000)])).rejects.toThrow('thread');
    await expect(writer.flush()).rejects.toThrow('thread');
    const next = open();
    await next.writer.writeContent([random(1000)]);
    await next.writer.flush();
    expect(next.vault.packs.size).toBe(1);
  });
});
