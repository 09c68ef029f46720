import { AppError } from '@holdfast/kernel';
import { logTree, tallyOf, type ItemKind } from '@holdfast/vault';
import type { SourceChange, SourceRecord } from '@holdfast/workloads';
import { describe, expect, it } from '@jest/globals';
import { lackingFolders, MOST_FOLDERS_ABOVE } from './folderless-items.js';
import { context, scriptedTask } from './scripted-task.suite.js';

const record = (kind: ItemKind, parentId?: string): SourceRecord => ({
  kind,
  ...(parentId !== undefined && { parentId }),
  name: 'A name',
  bytes: 3,
  changeTag: 'a',
  contentTag: 'a',
  properties: {},
  ...(kind === 'file' && { contentForm: 'bytes' as const }),
});
const item = (id: string, kind: ItemKind, parentId?: string): SourceChange => ({
  type: 'item',
  id,
  record: record(kind, parentId),
});
const cursor = (n: number): SourceChange => ({ type: 'cursor', cursor: { '': `token ${n}` } });
const gone = (id: string): SourceChange[] => [
  { type: 'removed', id },
  { type: 'scope-gone', scope: id },
];
/** Folder `f` with folder `g`, a file in each. */
const tree = [
  item('root', 'drive-root'),
  item('f', 'drive-folder', 'root'),
  item('in f', 'file', 'f'),
  item('g', 'drive-folder', 'f'),
  item('in g', 'file', 'g'),
  cursor(1),
];
const notFound = () => new AppError('GRAPH_NOT_FOUND', 'There is no such file.');

describe('what has no folder', () => {
  it('went with a folder that went in a later round of the same task, to any depth', async () => {
    const one = await scriptedTask(tree, [...gone('f'), cursor(2)]);
    await one.read();
    expect(one.draft.lackingFolders).toEqual(['f']);
    expect(await one.held()).toEqual(['g', 'in f', 'in g', 'root']);
    const body = await one.settle();
    expect(await lackingFolders(one.draft)).toEqual([]);
    expect(await one.held()).toEqual(['root']);
    // Change tracking told of the folder, so that one question is enough.
    expect(one.source.asked).toEqual(['f']);
    expect(body.ledger.owed).toBe(0);
    const rows = await Array.fromAsync(logTree(context).scan(body.log));
    expect(rows.filter(([, { about }]) => about === 'vanished').map(([, { itemId, code }]) => [itemId, code])).toEqual([
      ['f', 'NOT_LISTED'],
      ['g', 'NOT_LISTED'],
      ['in f', 'NOT_LISTED'],
      ['in g', 'NOT_LISTED'],
    ]);
  });

  it('keeps its folder where that is there in spite of what was told', async () => {
    const one = await scriptedTask(tree, [...gone('f'), cursor(2)]);
    await one.read();
    one.source.present.set('f', record('drive-folder', 'root'));
    await one.settle();
    expect(await one.held()).toEqual(['f', 'g', 'in f', 'in g', 'root']);
    expect(await lackingFolders(one.draft)).toEqual([]);
  });

  it('stays where it moved to before its folder went', async () => {
    const one = await scriptedTask(tree, [item('g', 'drive-folder', 'root'), ...gone('f'), cursor(2)]);
    await one.read();
    await one.settle();
    expect(await one.held()).toEqual(['g', 'in g', 'root']);
  });

  it('brings the folders that change tracking lost, those above them too', async () => {
    const lost = tree.filter((change) => change.type !== 'item' || !['f', 'g'].includes(change.id));
    const one = await scriptedTask(lost);
    await one.read();
    expect(one.draft.lackingFolders).toEqual(['f', 'g']);
    one.source.present.set('f', record('drive-folder', 'root')).set('g', record('drive-folder', 'f'));
    const body = await one.settle();
    expect(await one.held()).toEqual(['f', 'g', 'in f', 'in g', 'root']);
    expect([await lackingFolders(one.draft), tallyOf(body.ledger, 'new').items]).toEqual([[], 5]);
  });

  it('is asked for itself where nothing was ever told of its folder', async () => {
    const one = await scriptedTask([
      item('root', 'drive-root'),
      item('in f', 'file', 'f'),
      item('in h', 'file', 'h'),
      cursor(1),
    ]);
    await one.read();
    one.source.present.set('in h', record('file', 'root'));
    const body = await one.settle();
    expect(one.source.asked).toEqual(['f', 'in f', 'h', 'in h']);
    expect(await one.held()).toEqual(['in h', 'root']);
    expect(await lackingFolders(one.draft)).toEqual([]);
    const rows = await Array.fromAsync(logTree(context).scan(body.log));
    expect(rows.map(([, { itemId, code }]) => [itemId, code])).toEqual([['in f', 'NO_FOLDER']]);
  });

  it('is owed no more where its folder went', async () => {
    const one = await scriptedTask(tree, [...gone('f'), cursor(2)]);
    one.contents.failing.set('in g', notFound());
    await one.read();
    expect([...one.draft.owed.keys()]).toEqual(['in g']);
    const body = await one.settle();
    expect([await one.held(), body.ledger.owed]).toEqual([['root'], 0]);
  });

  it('stays owed where its folder cannot be asked for, and the folder with it', async () => {
    const one = await scriptedTask([item('root', 'drive-root'), item('in f', 'file', 'f'), cursor(1)]);
    one.source.refused.set('f', new AppError('GRAPH_REJECTED', 'It is locked.'));
    await one.read();
    await one.settle();
    expect([...one.draft.owed]).toMatchObject([['f', { kind: 'drive-folder', code: 'GRAPH_REJECTED' }]]);
    expect(await one.held()).toEqual(['in f', 'root']);
  });

  it('has its folder owed where the service knows the item and not the folder', async () => {
    const one = await scriptedTask([item('root', 'drive-root'), item('in f', 'file', 'f'), cursor(1)]);
    one.source.present.set('in f', record('file', 'f'));
    await one.read();
    await one.settle();
    expect(one.draft.lackingFolders).toEqual(['f']);
    const body = await one.owe();
    expect([...one.draft.owed]).toMatchObject([['f', { kind: 'drive-folder', code: 'GRAPH_NOT_FOUND' }]]);
    expect(body.ledger.owed).toBe(1);
  });

  it('is climbed from as far as the service allows, where that names ever new folders above', async () => {
    const one = await scriptedTask([item('root', 'drive-root'), item('in f', 'file', 'up 0'), cursor(1)]);
    await one.read();
    one.source.present.get = (id) =>
      id.startsWith('up ') ? record('drive-folder', `up ${Number(id.slice(3)) + 1}`) : undefined;
    await one.settle();
    const top = `up ${MOST_FOLDERS_ABOVE}`;
    expect(one.source.asked).toHaveLength(MOST_FOLDERS_ABOVE);
    expect([...one.draft.owed]).toMatchObject([[top, { kind: 'drive-folder', code: 'GRAPH_UNEXPECTED' }]]);
    expect((await one.held()).length).toBe(MOST_FOLDERS_ABOVE + 2);
    // What is lacking then is that folder alone, which nobody climbs from again.
    expect(await lackingFolders(one.draft)).toEqual([top]);
    const body = await one.settle();
    expect([one.source.asked.length, body.ledger.owed]).toEqual([MOST_FOLDERS_ABOVE, 1]);
  });

  it('has as many folders above as the service allows', async () => {
    const one = await scriptedTask([item('root', 'drive-root'), item('in f', 'file', 'up 1'), cursor(1)]);
    await one.read();
    for (let at = 1; at <= MOST_FOLDERS_ABOVE; at += 1)
      one.source.present.set(`up ${at}`, record('drive-folder', at === MOST_FOLDERS_ABOVE ? 'root' : `up ${at + 1}`));
    await one.settle();
    expect([one.draft.owed.size, await lackingFolders(one.draft)]).toEqual([0, []]);
  });
});
