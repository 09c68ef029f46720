import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { isAppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import type { ContentRef } from '../item-record.js';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { VaultReader } from './vault-reader.js';

const random = seededRandomBytes('place-order');
const keys = deriveVaultKeys([newRootKey(random)]);

/** More than is brought into memory as a whole. */
const LONG_BYTES = 17_000_000;

interface Entry {
  readonly name: number;
  readonly ref?: ContentRef;
}

/** Contents of a few kilobytes, in the order of their writing; every tenth has no content, the last has some bytes more. */
async function filled(count: number, lastBytes = 0) {
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, packBytes: 1024 * 1024 });
  const task = writer.forTask(vault.lookup);
  const contents: Buffer[] = [];
  const entries: Entry[] = [];
  for (let name = 0; name < count; name += 1) {
    const content = Buffer.from(random(2_000 + name + (name === count - 1 ? lastBytes : 0)));
    contents.push(content);
    if (name % 10 === 3) entries.push({ name });
    else entries.push({ name, ref: (await task.writeContent([content])).ref });
  }
  await task.flush();
  return { vault, contents, entries };
}

/** Always the same, and nothing like the order of writing. */
const shuffled = (entries: readonly Entry[]) =>
  [...entries].sort((a, b) => ((a.name * 7919) % 997) - ((b.name * 7919) % 997));

async function* each(entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries;
}

/** One by one, each with its content as it is while it is lent. */
async function* inPlaceOrder(reader: VaultReader, entries: AsyncIterable<Entry>) {
  for await (const group of reader.inPlaceOrder(entries, ({ ref }) => ref))
    for (const { entry, content } of group) yield { ...entry, content: content && Buffer.from(content) };
}

/** What a restore does with an entry. */
async function contentOf(reader: VaultReader, { ref, content }: Entry & { readonly content?: Buffer | undefined }) {
  return content ?? Buffer.concat(ref ? await Array.fromAsync(reader.readContent(ref)) : []);
}

function open(vault: MemoryVault) {
  return new VaultReader({ keys, source: vault, cacheBytes: 4 * 1024 * 1024 });
}

describe('VaultReader.inPlaceOrder', () => {
  it('gives every entry once, and reads packs in long stretches', async () => {
    const { vault, contents, entries } = await filled(400, LONG_BYTES);
    const reader = open(vault);
    const seen: number[] = [];
    for await (const entry of inPlaceOrder(reader, each(shuffled(entries)))) {
      seen.push(entry.name);
      expect(entry.content !== undefined).toBe(entry.ref !== undefined && entry.ref.bytes < LONG_BYTES);
      if (entry.ref) expect((await contentOf(reader, entry)).equals(contents[entry.name]!)).toBe(true);
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(entries.map(({ name }) => name));
    // One for each of some packs and groups, 17 packs of the long one among them, not one for each of 360 contents.
    expect(vault.asked.reads).toBeLessThan(40);
  });

  it('reads a content that two entries share once', async () => {
    const { vault, contents, entries } = await filled(5);
    const [{ ref } = {}] = entries;
    const reader = open(vault);
    const twice = [
      { name: 1, ref: ref! },
      { name: 2, ref: ref! },
    ];
    for await (const entry of inPlaceOrder(reader, each(twice)))
      expect((await contentOf(reader, entry)).equals(contents[0]!)).toBe(true);
    expect(vault.asked.reads).toBe(1);
  });

  it('gives what cannot be read, too, and its failure to whoever reads it', async () => {
    const { vault, contents, entries } = await filled(60);
    const [damaged, lost] = [entries[0]!.ref!, entries[1]!.ref!];
    const place = vault.places.get(damaged.chunks[0]!)!;
    vault.packs.get(place.pack)![place.offset + 20]! ^= 1;
    vault.places.delete(lost.chunks[0]!);
    const reader = open(vault);
    const failed: string[] = [];
    for await (const entry of inPlaceOrder(reader, each(entries))) {
      if (!entry.ref) continue;
      const read = await contentOf(reader, entry).catch((error: unknown) =>
        isAppError(error) ? error.code : 'another',
      );
      if (typeof read === 'string') failed.push(`${entry.name} ${read}`);
      else expect(read.equals(contents[entry.name]!)).toBe(true);
    }
    expect(failed.sort()).toEqual(['0 CHUNK_CORRUPT', '1 CHUNK_NOT_FOUND']);
  });

  it('gives the entries before one that cannot be had, and then its failure', async () => {
    const { vault, entries } = await filled(60);
    async function* broken() {
      yield* entries;
      throw new Error('the list ends here');
    }
    const names: number[] = [];
    const taking = (async () => {
      for await (const { name } of inPlaceOrder(open(vault), broken())) names.push(name);
    })();
    await expect(taking).rejects.toThrow('the list ends here');
    expect(names.sort((a, b) => a - b)).toEqual(entries.map(({ name }) => name));
  });

  it('leaves no read under way when it ends', async () => {
    const { vault, entries } = await filled(1_000);
    let reading = 0;
    const readRange = vault.readRange.bind(vault);
    vault.readRange = async (...range) => {
      reading += 1;
      await setTimeout(5);
      reading -= 1;
      return readRange(...range);
    };
    for await (const { name } of inPlaceOrder(open(vault), each(entries))) if (name > 10) break;
    expect(reading).toBe(0);
  });

  it('ends with whoever stops taking', async () => {
    const { vault, entries } = await filled(60);
    for await (const { name } of inPlaceOrder(open(vault), each(entries))) {
      expect(name).toBeGreaterThanOrEqual(0);
      break;
    }
    expect(vault.asked.reads).toBeLessThan(5);
  });
});
