import { MemoryVault, seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import type { ItemRecord } from '../item-record.js';
import { newRootKey } from '../keys/root-key.js';
import { deriveVaultKeys } from '../keys/vault-keys.js';
import { VaultReader } from '../reader/vault-reader.js';
import { itemsTree } from '../trees/items-tree.js';
import { VaultStore } from '../vault-store.js';
import { VaultWriter } from '../writer/vault-writer.js';
import { SnapshotDraft } from './snapshot-draft.js';

const random = seededRandomBytes('draft in vault');
const keys = deriveVaultKeys([newRootKey(random)]);

function open(vault: MemoryVault) {
  const vaultWriter = new VaultWriter({
    keys,
    lookup: vault.lookup,
    sink: vault.sink,
    random,
    chunks: { minBytes: 16_384, avgBytes: 65_536, maxBytes: 262_144 },
  });
  const store = new VaultStore(vaultWriter.forTask(vault.lookup), new VaultReader({ keys, source: vault }));
  return { store, treeKey: keys.treeKey };
}

const file = (n: number): ItemRecord => ({
  kind: 'file',
  parentId: `folder-${n % 20}`,
  name: `Report ${n}.docx`,
  bytes: n,
  properties: n % 100 === 0 ? { long: 'x'.repeat(5000) } : {},
});

describe('SnapshotDraft in a sealed vault', () => {
  it('is read by another process from the packs alone, and asks the index for many chunks at once', async () => {
    const vault = new MemoryVault();
    const context = open(vault);
    const first = await SnapshotDraft.open({ context, parent: undefined, bufferBytes: 200_000 });
    for (let n = 0; n < 3000; n += 10)
      await Promise.all(Array.from({ length: 10 }, (_, i) => first.put(`id-${n + i}`, file(n + i))));
    const checkpoint = await first.checkpoint({ root: 'half' });

    const second = await SnapshotDraft.open({ context: open(vault), parent: undefined, checkpoint });
    for (let n = 3000; n < 4000; n++) await second.put(`id-${n}`, file(n));
    const body = await second.finish({ root: 'all' });

    const reader = open(vault);
    let count = 0;
    for await (const [id, record] of itemsTree(reader).scan(body.items)) {
      expect(record).toEqual(file(Number(id.slice(3))));
      count++;
    }
    expect(count).toBe(4000);
    expect(body.ledger.holds.file?.items).toBe(4000);
    expect(vault.asked.lookups).toBeLessThan(vault.places.size / 4);
  });

  it('names the packs of earlier holders of its task with its own', async () => {
    const vault = new MemoryVault();
    const holder = () => {
      const context = open(vault);
      return { context, parent: undefined, newPacks: () => context.store.writer.newPacks };
    };
    const first = await SnapshotDraft.open(holder());
    await first.put('a', file(100));
    await first.checkpoint({ root: 'a' });
    await first.put('b', file(200));
    const checkpoint = await first.checkpoint({ root: 'b' });

    const second = await SnapshotDraft.open({ ...holder(), checkpoint });
    await second.put('c', file(300));
    await second.finish({ root: 'all' });
    expect(new Set(second.packs)).toEqual(new Set(vault.packs.keys()));
    expect(second.packs.size).toBeGreaterThan(first.packs.size);
  });

  it('goes on from no checkpoint whose packs are cut short', async () => {
    const context = open(new MemoryVault());
    const draft = await SnapshotDraft.open({
      context,
      parent: undefined,
      newPacks: () => context.store.writer.newPacks,
    });
    await draft.put('a', file(1));
    const checkpoint = await draft.checkpoint({ root: 'a' });
    expect(checkpoint.byteLength).toBe(64);
    await expect(
      SnapshotDraft.open({ context, parent: undefined, checkpoint: checkpoint.subarray(0, 50) }),
    ).rejects.toMatchObject({ code: 'VAULT_OBJECT_INVALID' });
  });
});
