import { describe, expect, it } from '@jest/globals';
import type { ItemKind } from '@holdfast/vault';
import { type SourceChange, WHOLE_SCOPE } from '@holdfast/workloads';
import { scriptedTask } from './scripted-task.suite.js';

const item = (id: string, kind: ItemKind, parentId?: string): SourceChange => ({
  type: 'item',
  id,
  record: {
    kind,
    ...(parentId !== undefined && { parentId }),
    name: 'A name',
    bytes: 3,
    changeTag: 'a',
    properties: {},
  },
});
const relisted = (scope: string, ...items: readonly SourceChange[]): SourceChange[] => [
  { type: 'scope-restarted', scope },
  ...items,
  { type: 'scope-complete', scope },
];
const drive = [
  item('root', 'drive-root'),
  item('f', 'drive-folder', 'root'),
  item('in f', 'file', 'f'),
  item('in root', 'file', 'root'),
];
const mailbox = [
  item('inbox', 'mail-folder'),
  item('archive', 'mail-folder'),
  ...['m1', 'm2', 'm3'].map((id) => item(id, 'message', 'inbox')),
  item('m4', 'message', 'archive'),
];

describe('a fresh listing within a task', () => {
  it('takes out what it does not tell again, though the same task took it in', async () => {
    const task = await scriptedTask(drive);
    await task.read();
    await task.relist(
      relisted(WHOLE_SCOPE, ...drive.filter((change) => change.type === 'item' && change.id !== 'in f')),
    );
    expect(await task.held()).toEqual(['f', 'in root', 'root']);
    expect(task.source.asked).toEqual(['in f']);
  });

  it('keeps what it does not tell again and what is there all the same', async () => {
    const task = await scriptedTask(drive);
    await task.read();
    task.source.present.set('in f', { kind: 'file', parentId: 'f', name: 'A name', bytes: 3, properties: {} });
    await task.relist(relisted(WHOLE_SCOPE, ...drive.slice(0, 2), item('in root', 'file', 'root')));
    expect(await task.held()).toEqual(['f', 'in f', 'in root', 'root']);
  });

  it('of one folder leaves the others alone, and asks for each item before it takes it out', async () => {
    const task = await scriptedTask(mailbox);
    await task.read();
    const [first] = mailbox.filter((change) => change.type === 'item' && change.id === 'm1');
    task.source.present.set('m2', { kind: 'message', parentId: 'archive', name: 'A name', bytes: 3, properties: {} });
    await task.relist([...mailbox.slice(0, 2), ...relisted('inbox', first!)]);
    expect(task.source.asked).toEqual(['m2', 'm3']);
    expect(await task.held()).toEqual(['archive', 'inbox', 'm1', 'm2', 'm4']);
  });

  it('without it only what the snapshot before had is held against it', async () => {
    const task = await scriptedTask(drive, relisted(WHOLE_SCOPE, ...drive.slice(0, 2)));
    await task.read();
    expect(await task.held()).toEqual(['f', 'in f', 'in root', 'root']);
  });
});
