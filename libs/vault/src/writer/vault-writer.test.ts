import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { AppError, parseChunkId, type ChunkId } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { newRootKey } from '../keys/root-key.js';
import type { ContentRef } from '../item-record.js';
import { ChunkLookup } from '../ports.js';
import { VaultReader } from '../reader/vault-reader.js';
import { VaultStore } from '../vault-store.js';
import { InlineEngines } from '../engine/inline-host.js';
import { SealedMemory } from '../engine/sealed-memory.js';
import { VaultWriter, type VaultWriterOptions } from './vault-writer.js';

const random = seededRandomBytes('vault-writer');
const keys = deriveVaultKeys([newRootKey(random)]);
const chunks = { minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

function open(options: Partial<VaultWriterOptions> = {}) {
  const vault = new MemoryVault();
  const vaultWriter = new VaultWriter({
    keys,
    lookup: vault.lookup,
    sink: vault.sink,
    random,
    chunks,
    packBytes: 64 * 1024,
    ...options,
  });
  const writer = vaultWriter.forTask(vault.lookup);
  const reader = new VaultReader({ keys, source: vault, readAheadBytes: 64 * 1024 });
  return { vault, vaultWriter, writer, reader, store: new VaultStore(writer, reader) };
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces));
}

function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

describe('VaultWriter', () => {
  it.each([0, 1, 255, 256, 4096, 100_000, 3_000_000])('gives back content of %d bytes as it was', async (length) => {
    const { writer, reader } = open();
    const content = random(length);
    const { ref, stats } = await writer.writeContent(inPieces(content, 50_000));
    await writer.flush();
    expect(ref).toMatchObject({ bytes: length, form: 'bytes' });
    expect(Buffer.from(ref.sha256)).toEqual(createHash('sha256').update(content).digest());
    expect(stats.originalBytes).toBe(length);
    expect((await readAll(reader.readContent(ref))).equals(content)).toBe(true);
  });

  it('keeps the list of long content in chunks of its own', async () => {
    const { writer, reader } = open();
    const content = random(6_000_000);
    const { ref } = await writer.writeContent([content]);
    await writer.flush();
    expect(ref.depth).toBe(2);
    expect(ref.chunks).toHaveLength(1);
    expect((await readAll(reader.readContent(ref))).equals(content)).toBe(true);
    for (const [offset, count] of [
      [0, 10],
      [5_999_990, 10],
      [1_234_567, 100_000],
      [5_999_990, 500],
      [7_000_000, 1],
    ] as const)
      expect(
        (await readAll(reader.readContentRange(ref, offset, count))).equals(content.subarray(offset, offset + count)),
      ).toBe(true);
  });

  it('cuts the same content the same way however it arrives', async () => {
    const { writer } = open();
    const content = random(200_000);
    const whole = await writer.writeContent([content]);
    const pieces = await writer.writeContent(inPieces(content, 777));
    expect(pieces.ref).toEqual(whole.ref);
    expect(pieces.stats).toMatchObject({ newChunks: 0, storedBytes: 0, dedupedBytes: 200_000 });
  });

  it('stores little more than what changed', async () => {
    const { writer } = open();
    const content = random(200_000);
    await writer.writeContent([content]);
    const edited = Buffer.concat([content.subarray(0, 90_000), Buffer.from('inserted'), content.subarray(90_000)]);
    const { stats } = await writer.writeContent([edited]);
    expect(stats.newBytes).toBeLessThan(15_000);
  });

  it('asks the index once for a chunk that two tasks bring at the same time, and stores it once', async () => {
    const { vault, writer } = open();
    const content = random(3000);
    const both = await Promise.all([writer.writeContent([content]), writer.writeContent([content])]);
    await writer.flush();
    expect(both[0].ref).toEqual(both[1].ref);
    expect(vault.asked.lookedUp).toBe(vault.places.size);
    expect(both[0].stats.newChunks + both[1].stats.newChunks).toBe(vault.places.size);
  });

  it('does not store what the vault has', async () => {
    const first = open();
    const content = random(50_000);
    await first.writer.writeContent([content]);
    await first.writer.flush();
    const second = new VaultWriter({ keys, lookup: first.vault.lookup, sink: first.vault.sink, random, chunks });
    const { stats } = await second.writeContent([content]);
    await second.flush();
    expect(stats).toMatchObject({ newChunks: 0, storedBytes: 0, dedupedBytes: 50_000 });
    expect(first.vault.asked.puts).toBe(1);
  });

  it('rebuilds a message and stores its attachment once with the equal file', async () => {
    const { writer, reader } = open();
    const file = random(30_000);
    const { ref: fileRef } = await writer.writeContent([file]);
    const text = Buffer.from(file)
      .toString('base64')
      .replaceAll(/(.{76})/g, '$1\r\n');
    const mail = Buffer.from(`Content-Transfer-Encoding: base64\r\nSubject: the file\r\n\r\n${text}\r\n`);
    const { ref, stats } = await writer.writeMail(inPieces(mail, 5000));
    await writer.flush();
    expect(ref).toMatchObject({ form: 'mime', bytes: mail.byteLength });
    expect(ref.chunks.slice(1)).toEqual(fileRef.chunks);
    expect(stats).toMatchObject({ newChunks: 1, dedupedBytes: 30_000, originalBytes: mail.byteLength });
    expect((await readAll(reader.readContent(ref))).equals(mail)).toBe(true);
    expect((await readAll(reader.readContentRange(ref, 20_000, 100))).equals(mail.subarray(20_000, 20_100))).toBe(true);
  });

  it('reads a chunk that was put and not flushed, and after the flush', async () => {
    const { store, vault } = open();
    const id = await store.put('meta', Buffer.from('a tree node'));
    expect(vault.packs.size).toBe(0);
    expect(Buffer.from(await store.get('meta', id)).toString()).toBe('a tree node');
    await store.flush();
    expect(vault.packs.size).toBe(1);
    expect(Buffer.from(await store.get('meta', id)).toString()).toBe('a tree node');
  });

  it('names equal bytes differently in the two branches, so that neither stands for the other', async () => {
    const { store } = open();
    const bytes = Buffer.from('the same');
    expect(await store.put('meta', bytes)).not.toBe(await store.put('data', bytes));
  });

  it('passes no pack over its size', async () => {
    const { vault, writer } = open();
    await writer.writeContent([random(500_000)]);
    await writer.flush();
    expect(vault.packs.size).toBeGreaterThan(7);
    for (const pack of vault.packs.values()) expect(pack.byteLength).toBeLessThanOrEqual(64 * 1024);
  });

  it('lets flushes that come together share their packs', async () => {
    const { vault, writer } = open();
    const store = async (): Promise<void> => {
      await writer.writeContent([random(1000)]);
      await writer.flush();
    };
    await Promise.all(Array.from({ length: 20 }, store));
    expect(vault.packs.size).toBeLessThan(5);
  });

  it('fails at the flush and ever after when a pack could not be stored', async () => {
    const { vault, writer } = open();
    vault.putFailure = new AppError('STORE_FULL', 'No room.');
    await writer.put('data', random(100));
    await expect(writer.flush()).rejects.toThrow('No room.');
    vault.putFailure = undefined;
    await expect(writer.put('data', random(100))).rejects.toThrow('No room.');
    await expect(writer.writeContent([random(10)])).rejects.toThrow('No room.');
    await expect(writer.flush()).rejects.toThrow('No room.');
  });

  it('fails the task whose look-up is refused, and no other', async () => {
    const { vault, vaultWriter, writer, reader } = open();
    const other = vaultWriter.forTask(new MemoryVault().lookup);
    vault.lookupFailure = new AppError('GRANT_REFUSED', 'Another epoch has begun.');
    const shared = random(5000);
    const waiting = [
      writer.writeContent([shared]),
      writer.writeMail([Buffer.from('x: y\r\n\r\n')]),
      writer.put('meta', random(3)),
    ];
    const theirs = other.writeContent([shared]);
    for (const outcome of await Promise.allSettled(waiting)) expect(outcome.status).toBe('rejected');
    await expect(writer.flush()).rejects.toThrow('Another epoch');
    await expect(writer.put('meta', random(3))).rejects.toThrow('Another epoch');
    const { ref } = await theirs;
    await other.flush();
    expect((await readAll(reader.readContent(ref))).equals(shared)).toBe(true);
  });

  it('counts for each task the packs that its chunks lie in, whoever stored them', async () => {
    const { vault, vaultWriter, writer } = open();
    const other = vaultWriter.forTask(vault.lookup);
    const shared = random(3000);
    await writer.writeContent([shared]);
    await writer.writeContent([random(100_000)]);
    await other.writeContent([shared]);
    await Promise.all([writer.flush(), other.flush()]);
    const last = vaultWriter.forTask(vault.lookup);
    const { ref } = await last.writeContent([shared]);
    const packs = new Set(ref.chunks.map((id) => vault.places.get(id)!.pack));
    expect(writer.newPacks).toEqual(new Set(vault.packs.keys()));
    expect(other.newPacks).toEqual(packs);
    expect(last.newPacks).toEqual(packs);
  });

  it('does not flush while something was called known that the index has no place for', async () => {
    const { vault, vaultWriter } = open();
    const [task, other] = [vaultWriter.forTask(vault.lookup), vaultWriter.forTask(vault.lookup)];
    const content = random(3000);
    const { ref } = await open().vaultWriter.writeContent([content]);
    for (const id of ref.chunks) vault.wronglyKnown.add(id);
    await task.writeContent([content]);
    await other.writeContent([random(3000)]);
    await expect(task.flush()).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(task.flush()).rejects.toThrow('no place');
    await other.flush();
  });

  it('holds all that was called known against the index, also of more chunks than go into one question', async () => {
    const { vault, vaultWriter } = open();
    const content = random(12_000_000);
    await vaultWriter.writeContent([content]);
    await vaultWriter.flush();
    const write = async () => {
      const later = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, chunks });
      await later.writeContent([content]);
      await later.flush();
    };
    await write();
    for (const id of vault.places.keys()) vault.wronglyKnown.add(id);
    vault.places.delete(parseChunkId([...vault.wronglyKnown].at(-1) ?? ''));
    expect(vault.wronglyKnown.size).toBeGreaterThan(5000);
    await expect(write()).rejects.toThrow('no place');
  });

  it('asks under its own name for what the index told another task', async () => {
    const { vault, writer } = open();
    const before = random(3000);
    await writer.writeContent([before]);
    await writer.flush();
    const next = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, chunks });
    const asked: string[] = [];
    class Spy extends ChunkLookup {
      constructor(private readonly name: string) {
        super();
      }
      findMissing(ids: readonly ChunkId[]) {
        asked.push(this.name);
        return vault.lookup.findMissing(ids);
      }
      findPlaced(ids: readonly ChunkId[]) {
        return vault.lookup.findPlaced(ids);
      }
    }
    const [one, two] = [next.forTask(new Spy('one')), next.forTask(new Spy('two'))];
    for (const task of [one, one, two, two]) await task.writeContent([before]);
    expect(asked).toEqual(['one', 'two']);
  });

  it('keeps apart what many tasks write at the same time', async () => {
    const { vaultWriter, vault, reader } = open({ packBytes: 1024 * 1024 });
    const store = async (i: number): Promise<void> => {
      const task = vaultWriter.forTask(vault.lookup);
      const content = random((i * 7919) % 700_000);
      const { ref } = await task.writeContent(inPieces(content, 1 + ((i * 104_729) % 150_000)));
      await task.flush();
      expect((await readAll(reader.readContent(ref))).equals(content)).toBe(true);
    };
    await Promise.all(Array.from({ length: 60 }, (_, i) => store(i)));
  });

  it('holds back who writes faster than packs are acknowledged', async () => {
    const { vault, writer } = open({ engines: new InlineEngines(new SealedMemory(192 * 1024)), puts: 1 });
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    vault.beforePut = () => gate;
    let isDone = false;
    let takenBytes = 0;
    const source = function* () {
      for (const piece of inPieces(random(8_000_000), 50_000)) {
        takenBytes += piece.byteLength;
        yield piece;
      }
    };
    const writing = writer.writeContent(source()).then(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isDone).toBe(false);
    // What is sealed, three batches of 1 MiB on their way, and a piece that waits for the next.
    expect(takenBytes).toBeLessThan(192 * 1024 + 64 * 1024 + 4 * 1024 * 1024);
    expect(vault.asked.puts).toBe(1);
    release();
    await writing;
    await writer.flush();
    expect(isDone).toBe(true);
  });

  it('drops what a source that breaks off had begun, and goes on', async () => {
    const { writer, reader } = open();
    const broken = async function* () {
      yield random(10_000);
      throw new Error('The connection was reset.');
    };
    await expect(writer.writeContent(broken())).rejects.toThrow('reset');
    const content = random(5000);
    const { ref } = await writer.writeContent([content]);
    await writer.flush();
    expect((await readAll(reader.readContent(ref))).equals(content)).toBe(true);
  });

  it('refuses a chunk that the index places wrongly, and content that is not what was stored', async () => {
    const { vault, writer, reader } = open();
    const { ref } = await writer.writeContent([random(10_000)]);
    await writer.flush();
    const [first, second] = ref.chunks as [ChunkId, ChunkId];
    const swapped: ContentRef = { ...ref, chunks: [second, first, ...ref.chunks.slice(2)] };
    await expect(readAll(reader.readContent(swapped))).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
    const fresh = new VaultReader({ keys, source: vault });
    const place = vault.places.get(first)!;
    vault.places.set(first, { ...place, offset: place.offset + 1 });
    await expect(readAll(fresh.readContent(ref))).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
    vault.places.delete(second);
    await expect(readAll(fresh.readContent(ref))).rejects.toMatchObject({ code: 'CHUNK_NOT_FOUND' });
  });
});
