import type { ChunkId } from '@holdfast/kernel';
import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ItemRecord } from '../item-record.js';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys, metadataKeysOf } from '../keys/vault-keys.js';
import { ReadOnlyStore } from '../reader/read-only-store.js';
import { VaultReader } from '../reader/vault-reader.js';
import type { SnapshotBody } from '../snapshots/snapshot-body.js';
import { SnapshotDraft } from '../snapshots/snapshot-draft.js';
import { snapshotIdOf } from '../snapshots/snapshot.js';
import { foldersTree } from '../trees/folders-tree.js';
import { itemsTree } from '../trees/items-tree.js';
import { logTree } from '../trees/log-tree.js';
import { cursorsTree } from '../trees/small-trees.js';
import { VaultStore } from '../vault-store.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { NeededChunks } from './needed-chunks.js';

const random = seededRandomBytes('needed chunks');
const keys = deriveVaultKeys([newRootKey(random)]);
const chunks = { minBytes: 256, avgBytes: 1024, maxBytes: 4096 };

/** What a task does: items by number with the number of their content, or null where they go. */
type Work = Readonly<Record<number, number | null>>;

const work: fc.Arbitrary<Work> = fc.dictionary(
  fc.integer({ min: 0, max: 60 }).map(String),
  fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }),
);

/** Every seventh content is large enough for lists, every fifth record for chunks of its own. */
const contentOf = (seed: number) => seededRandomBytes(`content ${seed}`)(seed % 7 === 0 ? 300_000 : 3000);

async function snapshotAfter(vault: MemoryVault, parent: SnapshotBody | undefined, number: number, todo: Work) {
  const writer = new VaultWriter({ keys, lookup: vault.lookup, sink: vault.sink, random, chunks, packBytes: 32_768 });
  const task = writer.forTask(vault.lookup);
  const store = new VaultStore(task, new VaultReader({ keys, source: vault }));
  const id = snapshotIdOf(Buffer.from(`snapshot ${number}`));
  const draft = await SnapshotDraft.open({
    context: { store, treeKey: keys.treeKey },
    parent: parent && { id, body: parent },
  });
  const perform = async ([item, seed]: [string, number | null]) => {
    if (seed === null) return draft.remove(item);
    const { ref } = await task.writeContent([contentOf(seed)]);
    const record: ItemRecord = {
      kind: 'file',
      name: `${item}.bin`,
      bytes: ref.bytes,
      properties: seed % 5 === 0 ? { long: 'x'.repeat(3000 + seed) } : {},
      content: ref,
      extras: { preview: ref },
    };
    return draft.put(item, record);
  };
  const items = Object.entries(todo);
  for (let at = 0; at < items.length; at += 100) await Promise.all(items.slice(at, at + 100).map(perform));
  await draft.log({ at: number, about: 'note', code: 'NOTE', reason: `job ${number}` });
  return draft.finish({ delta: `link ${number}` });
}

async function readAll(vault: MemoryVault, body: SnapshotBody): Promise<number> {
  const reader = new VaultReader({ keys, source: vault });
  const context = { store: new ReadOnlyStore(reader), treeKey: keys.treeKey };
  let bytes = 0;
  for await (const [, { content }] of itemsTree(context).scan(body.items))
    if (content) for await (const piece of reader.readContent(content)) bytes += piece.byteLength;
  for await (const _ of foldersTree(context).scan(body.folders)) bytes += 1;
  for await (const _ of logTree(context).scan(body.log)) bytes += 1;
  for await (const _ of cursorsTree(context).scan(body.cursors)) bytes += 1;
  return bytes;
}

/** How often each chunk is told to come less how often it is told to go, along a chain. */
async function balance(vault: MemoryVault, chain: readonly SnapshotBody[]): Promise<ReadonlyMap<ChunkId, number>> {
  const sums = new Map<ChunkId, number>();
  const add = (chunk: ChunkId, by: number) => sums.set(chunk, (sums.get(chunk) ?? 0) + by);
  const store = new ReadOnlyStore(new VaultReader({ keys: metadataKeysOf(keys), source: vault }));
  const walk = new NeededChunks(store, (chunk) => add(chunk, 1), { dropped: (chunk) => add(chunk, -1) });
  for (const [at, body] of chain.entries()) await walk.of(body, chain[at - 1]);
  return new Map([...sums].filter(([, sum]) => sum !== 0));
}

async function needed(vault: MemoryVault, chain: readonly SnapshotBody[], isByDifference: boolean) {
  const told = new Set<ChunkId>();
  const reader = new VaultReader({ keys: metadataKeysOf(keys), source: vault });
  const marking = new NeededChunks(new ReadOnlyStore(reader), (chunk) => told.add(chunk));
  for (const [at, body] of chain.entries()) await marking.of(body, isByDifference ? chain[at - 1] : undefined);
  return told;
}

describe('NeededChunks', () => {
  it('tells by differences what every snapshot needs and nothing else, without a key to content', async () => {
    const property = fc.asyncProperty(fc.array(work, { minLength: 1, maxLength: 5 }), async (jobs) => {
      const vault = new MemoryVault();
      const chain: SnapshotBody[] = [];
      for (const [number, todo] of jobs.entries()) chain.push(await snapshotAfter(vault, chain.at(-1), number, todo));
      const kept = chain.filter((_, at) => at % 2 === (chain.length - 1) % 2);
      const before = await Promise.all(kept.map((body) => readAll(vault, body)));
      const told = await needed(vault, kept, true);
      expect(told).toEqual(await needed(vault, kept, false));
      for (const chunk of vault.places.keys()) if (!told.has(chunk)) vault.places.delete(chunk);
      expect(await Promise.all(kept.map((body) => readAll(vault, body)))).toEqual(before);
      for (const chunk of [...told].filter((_, at) => at % Math.ceil(told.size / 20) === 0)) {
        const place = vault.places.get(chunk);
        vault.places.delete(chunk);
        await expect(Promise.all(kept.map((body) => readAll(vault, body)))).rejects.toMatchObject({
          code: 'CHUNK_NOT_FOUND',
        });
        if (place) vault.places.set(chunk, place);
      }
    });
    await fc.assert(property, { numRuns: 8 });
  }, 120_000);

  it('tells of what went as often as it had told of it', async () => {
    const property = fc.asyncProperty(fc.array(work, { minLength: 1, maxLength: 4 }), async (jobs) => {
      const vault = new MemoryVault();
      const chain: SnapshotBody[] = [];
      for (const [number, todo] of jobs.entries()) chain.push(await snapshotAfter(vault, chain.at(-1), number, todo));
      const along = await balance(vault, chain);
      expect(along).toEqual(await balance(vault, chain.slice(-1)));
      expect(new Set(along.keys())).toEqual(await needed(vault, chain.slice(-1), false));
    });
    await fc.assert(property, { numRuns: 8 });
  }, 120_000);

  it('reads little where little differs', async () => {
    const vault = new MemoryVault();
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, item) => [item, item % 13]));
    const first = await snapshotAfter(vault, undefined, 1, many);
    const second = await snapshotAfter(vault, first, 2, { 7: 3, 2000: null });
    const whole = vault.asked.reads;
    await needed(vault, [second], false);
    const all = vault.asked.reads - whole;
    const store = new ReadOnlyStore(new VaultReader({ keys: metadataKeysOf(keys), source: vault }));
    const from = vault.asked.reads;
    await new NeededChunks(store, () => undefined).of(second, first);
    expect(vault.asked.reads - from).toBeLessThan(all / 5);
  }, 30_000);

  it('marks nothing of what a later version has written', async () => {
    const vault = new MemoryVault();
    const body = await snapshotAfter(vault, undefined, 1, { 1: 1 });
    const store = new ReadOnlyStore(new VaultReader({ keys, source: vault }));
    const marking = new NeededChunks(store, () => undefined);
    await expect(marking.of({ ...body, unknown: new Map([[99, 1]]) })).rejects.toMatchObject({
      code: 'VAULT_UNSUPPORTED',
    });
  });
});
