import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { describe, expect, it } from '@jest/globals';
import type { ItemKind, ItemRecord } from '../item-record.js';
import { SnapshotDraft } from '../snapshots/snapshot-draft.js';

const context = { store: new MemoryChunkStore(), treeKey: new Uint8Array(32).fill(7) };
const record = (kind: ItemKind, parentId?: string): ItemRecord => ({
  kind,
  ...(parentId !== undefined && { parentId }),
  name: 'A name',
  bytes: 0,
  properties: {},
});
/** So few bytes that every change is sealed by itself. */
const open = (parent?: Awaited<ReturnType<SnapshotDraft['finish']>>) =>
  SnapshotDraft.open({ context, bufferBytes: 1, parent: parent && { id: 'a'.repeat(64) as never, body: parent } });

describe('folders that a snapshot lacks', () => {
  it('are those that items came to and that are not there, each once', async () => {
    const draft = await open();
    await draft.put('top', record('drive-root'));
    for (const id of ['a', 'b', 'c']) await draft.put(id, record('file', id === 'a' ? 'top' : 'nowhere'));
    await draft.finish({});
    expect(draft.lackingFolders).toEqual(['nowhere']);
    await draft.put('nowhere', record('drive-folder', 'top'));
    await draft.finish({});
    expect(draft.lackingFolders).toEqual([]);
  });

  it('are those that went while something that did not change, or was told of before, lies in them', async () => {
    const before = await open();
    for (const id of ['f', 'g']) await before.put(id, record('drive-folder', 'top'));
    await before.put('top', record('drive-root'));
    await before.put('in f', record('file', 'f'));
    const next = await open(await before.finish({}));
    await next.put('h', record('drive-folder', 'top'));
    await next.put('in h', record('file', 'h'));
    for (const id of ['f', 'g', 'h']) await next.remove(id);
    await next.finish({});
    expect(next.lackingFolders).toEqual(['f', 'h']);
  });

  it('are a thousand at most at a time', async () => {
    const draft = await SnapshotDraft.open({ context, parent: undefined });
    for (let n = 0; n < 1100; n += 1) await draft.put(`file ${n}`, record('file', `folder ${n}`));
    await draft.finish({});
    expect(draft.lackingFolders).toHaveLength(1000);
  });
});
