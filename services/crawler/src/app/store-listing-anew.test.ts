import type { ChunkId } from '@holdfast/kernel';
import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import {
  ChunkLookup,
  deriveVaultKeys,
  itemsTree,
  NeededChunks,
  newRootKey,
  ReadOnlyStore,
  SnapshotDraft,
  VaultReader,
  VaultStore,
  VaultWriter,
  type SnapshotBody,
} from '@holdfast/vault';
import { expect, it } from '@jest/globals';
import { storeListingAnew } from './store-listing-anew.js';

const ITEMS = 300;
const random = seededRandomBytes('listings');
const keys = deriveVaultKeys([newRootKey(random)]);
const chunks = { minBytes: 256, avgBytes: 1024, maxBytes: 4096 };
const never = new AbortController().signal;

/** Calls everything missing that was there when it began, as an index does of what lies in a damaged pack. */
class Doubtful extends ChunkLookup {
  readonly #before: ReadonlySet<ChunkId>;

  constructor(private readonly vault: MemoryVault) {
    super();
    this.#before = new Set(vault.places.keys());
  }

  async findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    const missing = await this.vault.lookup.findMissing(ids);
    return new Set(ids.filter((id) => missing.has(id) || this.#before.has(id)));
  }
  findPlaced(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>> {
    return this.vault.lookup.findPlaced(ids);
  }
}

function storeOf(vault: MemoryVault, lookup: ChunkLookup): VaultStore {
  const writer = new VaultWriter({ keys, lookup, sink: vault.sink, random, chunks, packBytes: 32_768 });
  return new VaultStore(writer.forTask(lookup), new VaultReader({ keys, source: vault }));
}

/** Files of which one is large enough for a list of its chunks, and some have records of their own chunks. */
async function listed(vault: MemoryVault) {
  const store = storeOf(vault, vault.lookup);
  const draft = await SnapshotDraft.open({ context: { store, treeKey: keys.treeKey }, parent: undefined });
  const { ref: large } = await store.writer.writeContent([seededRandomBytes('large')(300_000)]);
  const file = { kind: 'file', bytes: 1, content: { ...large, chunks: [], depth: 0 } } as const;
  for (let number = 0; number < ITEMS; number += 1)
    await draft.put(`file ${number}`, {
      ...file,
      name: `${number}.bin`,
      properties: number % 50 === 0 ? { long: 'x'.repeat(5000 + number) } : {},
    });
  await draft.put('large', { kind: 'file', name: 'large.bin', bytes: large.bytes, properties: {}, content: large });
  const body = await draft.finish({ delta: 'link' });
  return { body, large };
}

async function metadataOf(vault: MemoryVault, body: SnapshotBody): Promise<Set<ChunkId>> {
  const told = new Set<ChunkId>();
  const reading = new ReadOnlyStore(new VaultReader({ keys, source: vault }));
  await new NeededChunks(reading, (chunk) => told.add(chunk)).of(body);
  return new Set([...told].filter((chunk) => vault.places.get(chunk)?.branch === 'meta'));
}

it('stores all that a snapshot lists in new packs, and no content', async () => {
  const vault = new MemoryVault();
  const { body } = await listed(vault);
  const metadata = await metadataOf(vault, body);
  const before = new Set(vault.packs.keys());
  const store = storeOf(vault, new Doubtful(vault));
  expect(await storeListingAnew(store, body, never)).toBe(true);
  await store.flush();
  for (const [chunk, { pack, branch }] of vault.places)
    expect([chunk, before.has(pack)]).toEqual([chunk, branch === 'data' || !metadata.has(chunk)]);
  for (const pack of before)
    if ([...vault.places.values()].every((place) => place.pack !== pack || place.branch === 'meta'))
      vault.packs.delete(pack);
  const context = { store: storeOf(vault, vault.lookup), treeKey: keys.treeKey };
  expect(await Array.fromAsync(itemsTree(context).scan(body.items))).toHaveLength(ITEMS + 1);
});

it('says that a listing is lost where a node is, and not where a list of one content is', async () => {
  const vault = new MemoryVault();
  const { body, large } = await listed(vault);
  const [list] = large.chunks;
  const place = vault.places.get(list!)!;
  vault.places.delete(list!);
  expect(await storeListingAnew(storeOf(vault, vault.lookup), body, never)).toBe(true);
  vault.places.set(list!, place);
  vault.places.delete(body.folders!.id);
  expect(await storeListingAnew(storeOf(vault, vault.lookup), body, never)).toBe(false);
});
