import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { isAppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import type { ContentRef } from '../item-record.js';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { VaultReader } from './vault-reader.js';

const random = seededRandomBytes('place-order');
const keys = deriveVaultKeys([newRootKey(random)]);

interface Entry {
  readonly name: number;
  readonly ref?: ContentRef;
}

/** Contents of a few kilobytes, in the order of their writing; every tenth has no content, the last is long. */
async function filled(count: number) {
  const vault = new MemoryVault();
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, packBytes: 1024 * 1024 });
  const task = writer.forTask(vault.lookup);
  const contents: Buffer[] = [];
  const entries: Entry[] = [];
  for (let name = 0; name < count; name += 1) {
    const content = Buffer.from(random(name === count - 1 ? 3_000_000 : 2_000 + name));
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

function open(vault: MemoryVault) {
  return new VaultReader({ keys, source: vault, cacheBytes: 4 * 1024 * 1024 });
}

describe('VaultReader.inPlaceOrder', () => {
  it('gives every entry once, and reads packs in long stretches', async () => {
    const { vault, contents, entries } = await filled(400);
    const reader = open(vault);
    const seen: number[] = [];
    for await (const { name, ref } of reader.inPlaceOrder(each(shuffled(entries)), (entry) => entry.ref)) {
      seen.push(name);
      if (ref) expect(Buffer.concat(await Array.fromAsync(reader.readContent(ref))).equals(contents[name]!)).toBe(true);
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(entries.map(({ name }) => name));
    // One for each of some packs and groups, not one for each of 360 contents.
    expect(vault.asked.reads).toBeLessThan(20);
  });

  it('reads a content that two entries share once', async () => {
    const { vault, entries } = await filled(5);
    const [{ ref } = {}] = entries;
    const reader = open(vault);
    const twice = [
      { name: 1, ref: ref! },
      { name: 2, ref: ref! },
    ];
    for await (const entry of reader.inPlaceOrder(each(twice), (one) => one.ref))
      await Array.fromAsync(reader.readContent(entry.ref!));
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
    for await (const { name, ref } of reader.inPlaceOrder(each(entries), (entry) => entry.ref)) {
      if (!ref) continue;
      const read = await Array.fromAsync(reader.readContent(ref)).catch((error: unknown) =>
        isAppError(error) ? error.code : 'another',
      );
      if (typeof read === 'string') failed.push(`${name} ${read}`);
      else expect(Buffer.concat(read).equals(contents[name]!)).toBe(true);
    }
    expect(failed.sort()).toEqual(['0 CHUNK_CORRUPT', '1 CHUNK_NOT_FOUND']);
  });

  it('ends with whoever stops taking', async () => {
    const { vault, entries } = await filled(60);
    for await (const { name } of open(vault).inPlaceOrder(each(entries), (entry) => entry.ref)) {
      expect(name).toBeGreaterThanOrEqual(0);
      break;
    }
    expect(vault.asked.reads).toBeLessThan(5);
  });
});
