import { parseSnapshotId } from '@holdfast/kernel';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ItemRecord } from '../item-record.js';
import { tallyOf } from '../ledger/ledger.js';
import { folderPrefix } from '../trees/folder-key.js';
import { foldersTree } from '../trees/folders-tree.js';
import { itemsTree } from '../trees/items-tree.js';
import { logTree } from '../trees/log-tree.js';
import type { SnapshotBody } from './snapshot-body.js';
import { type ParentSnapshot, SnapshotDraft } from './snapshot-draft.js';

const treeKey = Buffer.alloc(32, 9);
const parentId = parseSnapshotId('ab'.repeat(32));

const message = (n: number, version: number): ItemRecord => ({
  kind: 'message',
  parentId: `folder-${(n + version) % 3}`,
  name: `Subject ${version} ${'long '.repeat(n % 7 === 0 ? 600 : 1)}`,
  sortAt: 1_700_000_000_000 + ((n * 7919) % 100) * 1000,
  bytes: 1000 + n,
  changeTag: `v${version}`,
  properties: { isRead: version % 2 === 0, from: { emailAddress: { address: `a${n}@example.org` } }, other: version },
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('put' as const), fc.nat(40), fc.nat(3)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('remove' as const), fc.nat(40), fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('seen' as const), fc.nat(40), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('crash' as const), fc.constant(0), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('checkpoint' as const), fc.constant(0), fc.constant(0)) },
);
const runs = fc.array(fc.array(step, { maxLength: 40 }), { minLength: 1, maxLength: 4 });

async function itemsOf(store: MemoryChunkStore, body: SnapshotBody): Promise<Map<string, ItemRecord>> {
  const items = new Map<string, ItemRecord>();
  for await (const [id, record] of itemsTree({ store, treeKey }).scan(body.items)) items.set(id, record);
  return items;
}

async function listing(store: MemoryChunkStore, body: SnapshotBody, folder: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const [{ itemId }] of foldersTree({ store, treeKey }).scan(body.folders, { prefix: folderPrefix(folder) }))
    ids.push(itemId);
  return ids;
}

function expectedListing(model: ReadonlyMap<string, ItemRecord>, folder: string): string[] {
  return [...model]
    .filter(([, record]) => record.parentId === folder)
    .sort(([a, x], [b, y]) => y.sortAt! - x.sortAt! || (a < b ? -1 : 1))
    .map(([id]) => id);
}

describe('SnapshotDraft', () => {
  it('makes snapshots that hold what was put, through crashes and resumptions', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async (history) => {
        const store = new MemoryChunkStore();
        const context = { store, treeKey };
        let parent: ParentSnapshot | undefined;
        let model = new Map<string, ItemRecord>();
        for (const steps of history) {
          const open = (checkpoint?: Uint8Array) =>
            SnapshotDraft.open({ context, parent, bufferBytes: 3000, ...(checkpoint && { checkpoint }) });
          let draft = await open();
          let checkpoint: Uint8Array | undefined;
          let saved = new Map(model);
          const before = new Map(model);
          for (const [what, n, version] of steps) {
            const id = `id-${n}`;
            if (what === 'put') {
              model.set(id, message(n, version));
              await draft.put(id, message(n, version));
            } else if (what === 'remove') {
              model.delete(id);
              await draft.remove(id);
            } else if (what === 'seen') await draft.seen(id);
            else if (what === 'checkpoint') {
              checkpoint = await draft.checkpoint({ inbox: `token-${n}` });
              saved = new Map(model);
            } else {
              draft = await open(checkpoint);
              model = new Map(saved);
            }
          }
          expect((await draft.known([...Array(42).keys()].map((n) => `id-${n}`))).records).toEqual(model);
          const body = await draft.finish({ inbox: 'last' });
          expect(await itemsOf(store, body)).toEqual(model);
          for (const folder of ['folder-0', 'folder-1', 'folder-2'])
            expect(await listing(store, body, folder)).toEqual(expectedListing(model, folder));
          const added = [...model.keys()].filter((id) => !before.has(id)).length;
          expect(tallyOf(body.ledger, 'new').items).toBe(added);
          expect(tallyOf(body.ledger, 'vanished').items).toBe([...before.keys()].filter((id) => !model.has(id)).length);
          expect(body.ledger.holds.message?.items ?? 0).toBe(model.size);
          parent = { id: parentId, body };
        }
        const direct = await SnapshotDraft.open({ context, parent: undefined });
        for (const [id, record] of model) await direct.put(id, record);
        const { items, folders } = await direct.finish({});
        expect({ items, folders }).toEqual({ items: parent?.body.items, folders: parent?.body.folders });
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('hands over its cursor, debts, log and figures to whoever resumes', async () => {
    const context = { store: new MemoryChunkStore(), treeKey };
    const owed = { kind: 'message' as const, parentId: 'inbox', code: 'GRAPH_UNAVAILABLE', attempts: 1, since: 5 };
    const first = await SnapshotDraft.open({ context, parent: undefined });
    expect(first.cursor).toBeUndefined();
    first.owe('lost', owed);
    first.addWork('requests', 3);
    await first.log({ at: 7, about: 'owed', itemId: 'lost', code: owed.code, reason: 'The service failed.' });
    const checkpoint = await first.checkpoint({ inbox: 'a', sent: 'b' });

    const second = await SnapshotDraft.open({ context, parent: undefined, checkpoint });
    expect(second.isResumed).toBe(true);
    expect(second.cursor).toEqual({ inbox: 'a', sent: 'b' });
    expect([...second.owed]).toEqual([['lost', owed]]);
    second.addWork('requests', 2);
    await second.log({ at: 8, about: 'note', code: 'RESUMED', reason: 'Went on.' });
    const body = await second.finish({ inbox: 'c' });
    expect(body.ledger).toMatchObject({ owed: 1, work: { requests: 5 } });
    const rows = [];
    for await (const [number, { at }] of logTree(context).scan(body.log)) rows.push([number, at]);
    expect(rows).toEqual([
      [0, 7],
      [1, 8],
    ]);

    const next = await SnapshotDraft.open({ context, parent: { id: parentId, body }, checkpoint });
    expect(next.isResumed).toBe(false);
    expect(next.cursor).toEqual({ inbox: 'c' });
    expect(next.owed.has('lost')).toBe(true);
  });

  it('goes on from no checkpoint that was made on what retention has let go since, nor the reverse', async () => {
    const context = { store: new MemoryChunkStore(), treeKey };
    const old = await SnapshotDraft.open({ context, parent: undefined });
    await old.put('a', message(1, 1));
    const parent = { id: parentId, body: await old.finish({ delta: '1' }) };
    const letGo = { ...parent, body: { ...parent.body, items: undefined, cursors: undefined }, isNameOnly: true };
    for (const [made, found] of [
      [parent, letGo],
      [letGo, parent],
    ]) {
      const draft = await SnapshotDraft.open({ context, parent: made });
      const checkpoint = await draft.checkpoint({ delta: '2' });
      expect((await SnapshotDraft.open({ context, parent: made, checkpoint })).isResumed).toBe(true);
      const next = await SnapshotDraft.open({ context, parent: found, checkpoint });
      expect([next.isResumed, next.cursor]).toEqual([false, found === parent ? { delta: '1' } : undefined]);
    }
  });

  it('tells which listed items of a folder a restarted reading did not come across', async () => {
    const context = { store: new MemoryChunkStore(), treeKey };
    const first = await SnapshotDraft.open({ context, parent: undefined });
    for (const n of [0, 3, 6, 9]) await first.put(`id-${n}`, { ...message(n, 0), parentId: 'inbox' });
    const body = await first.finish({});
    const second = await SnapshotDraft.open({ context, parent: { id: parentId, body } });
    await second.seen('id-3');
    await second.put('id-9', { ...message(9, 1), parentId: 'inbox' });
    const left: string[] = [];
    for await (const { id } of second.unhandledIn('inbox')) left.push(id);
    expect(left.sort()).toEqual(['id-0', 'id-6']);
    expect(await second.handled(['id-0', 'id-3', 'id-9'])).toEqual(new Set(['id-3', 'id-9']));
  });

  it('writes no nodes when nothing changed', async () => {
    const store = new MemoryChunkStore();
    const context = { store, treeKey };
    const first = await SnapshotDraft.open({ context, parent: undefined });
    for (let n = 0; n < 50; n++) await first.put(`id-${n}`, message(n, 0));
    const body = await first.finish({ inbox: 'a' });
    store.written = 0;
    const second = await SnapshotDraft.open({ context, parent: { id: parentId, body } });
    const again = await second.finish({ inbox: 'a' });
    expect(store.written).toBe(0);
    expect(again.items).toEqual(body.items);
    expect(tallyOf(again.ledger, 'unchanged').items).toBe(50);
  });

  it('counts left-out items by cause, also when nothing about them changed', async () => {
    const context = { store: new MemoryChunkStore(), treeKey };
    const first = await SnapshotDraft.open({ context, parent: undefined });
    await first.put('bad', { ...message(1, 0), leftOut: { as: 'skipped', cause: 'infected' } });
    const body = await first.finish({});
    expect(tallyOf(body.ledger, 'skipped').items).toBe(1);
    const second = await SnapshotDraft.open({ context, parent: { id: parentId, body } });
    expect((await second.finish({})).ledger.leftOut).toEqual({ infected: 1 });
  });
});
