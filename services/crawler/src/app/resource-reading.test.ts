import { AppError, SystemClock } from '@holdfast/kernel';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { logTree, SnapshotDraft, Words, tallyOf, type ParentSnapshot } from '@holdfast/vault';
import { WHOLE_SCOPE, type SourceChange, type SourceRecord } from '@holdfast/workloads';
import { describe, expect, it } from '@jest/globals';
import { taskShare } from '../domain/task-share.js';
import type { ContentWriter } from './content-writer.js';
import { Exclusions } from './exclusions.js';
import type { DamagedItems } from './resource-access.port.js';
import { ResourceReading } from './resource-reading.js';
import { Contents, Damaged, ScriptedSource } from './scripted-source.suite.js';

const mail = (tag: string, parentId = 'inbox', content = tag): SourceRecord => ({
  kind: 'message',
  parentId,
  name: 'A subject',
  bytes: 3,
  changeTag: tag,
  contentTag: content,
  properties: {},
  contentForm: 'mime',
});
const item = (id: string, record: SourceRecord): SourceChange => ({ type: 'item', id, record });
const page = (n: number): SourceChange => ({ type: 'cursor', cursor: { inbox: `token ${n}` } });

const context = { store: new MemoryChunkStore(), treeKey: new Uint8Array(32).fill(7) };
const aboutTo = 'a'.repeat(64) as ParentSnapshot['id'];

async function run(
  script: readonly SourceChange[],
  parent?: ParentSnapshot,
  prepare?: (source: ScriptedSource, contents: Contents) => void,
  damaged: DamagedItems = new Damaged([]),
  excluded: readonly string[] = [],
) {
  const source = new ScriptedSource(script);
  const contents = new Contents();
  prepare?.(source, contents);
  const draft = await SnapshotDraft.open({ context, parent });
  const words = new Words(draft.words);
  const reading = new ResourceReading({
    share: taskShare(1, 0),
    reader: source,
    draft,
    words,
    contents: contents as unknown as ContentWriter,
    clock: new SystemClock(),
    signal: new AbortController().signal,
    exclusions: new Exclusions(new Set(excluded)),
    damaged,
    onItem: () => undefined,
    onPause: async () => undefined,
    onUnexpected: () => undefined,
  });
  const cursor = await reading.run(draft.cursor);
  const body = await draft.finish(cursor, { unexplained: 0 }, words);
  const count = (outcome: Parameters<typeof tallyOf>[1]) => tallyOf(body.ledger, outcome).items;
  return { body, cursor, contents, source, draft, count, next: { id: aboutTo, body } };
}

const three = [item('m1', mail('a')), item('m2', mail('a')), item('m3', mail('a')), page(1)];

describe('ResourceReading', () => {
  it('stores what is new and keeps the last cursor', async () => {
    const { count, cursor, contents } = await run(three);
    expect(count('new')).toBe(3);
    expect(cursor).toEqual({ inbox: 'token 1' });
    expect(contents.read).toEqual(['m1', 'm2', 'm3']);
  });

  it('lets no cursor pass an item that was told of and did not come, or one that came twice', async () => {
    for (const told of [2, 4])
      await expect(run([...three.slice(0, 3), { type: 'told', items: told }, page(1)])).rejects.toMatchObject({
        code: 'INTERNAL',
        message: `The ledger does not balance: the reader told of ${told} items, and 3 were taken.`,
      });
    const { cursor } = await run([
      ...three.slice(0, 3),
      { type: 'told', items: 3 },
      page(1),
      { type: 'told', items: 0 },
    ]);
    expect(cursor).toEqual({ inbox: 'token 1' });
  });

  it('reads no content for a replay, a change of flags, or a move that shows as removal and arrival in either order', async () => {
    const { next } = await run(three);
    const { count, contents, source } = await run(
      [
        item('m1', mail('a')),
        item('m2', mail('b', 'inbox', 'a')),
        { type: 'removed', id: 'm3', fromParentId: 'inbox' },
        item('m3', mail('c', 'archive', 'a')),
        page(2),
      ],
      next,
    );
    expect(contents.read).toEqual([]);
    expect(source.asked).toEqual([]);
    expect([count('unchanged'), count('attributes'), count('moved')]).toEqual([1, 1, 1]);
  });

  it('reads the content of what is damaged in the vault although it did not change, once, and of nothing that is not there', async () => {
    const { next } = await run(three);
    const damaged = new Damaged(['m2', 'm3', 'nobody knows it']);
    const { body, count, contents, source } = await run(
      [item('m2', mail('a')), item('m3', mail('a')), page(2)],
      next,
      (told) => told.present.set('m2', mail('a')).set('m3', mail('a')),
      damaged,
    );
    expect(source.asked).toEqual(['m2', 'm3']);
    expect(contents.read).toEqual(['m2', 'm3']);
    expect(damaged.read).toEqual(['m2', 'm3', 'nobody knows it']);
    expect([count('unchanged'), count('vanished'), body.ledger.owed]).toEqual([3, 0, 0]);
  });

  it('stores anew all that is damaged, page by page, and says of what could not be read that it was not', async () => {
    const many = Array.from({ length: 9 }, (_, n) => `m${n + 1}`);
    const { next } = await run([...many.map((id) => item(id, mail('a'))), page(1)]);
    const damaged = new Damaged(many);
    const locked = new AppError('GRAPH_REJECTED', 'The thing is locked.');
    const { contents, draft } = await run(
      [page(2)],
      next,
      (source, contents) => {
        for (const id of many) source.present.set(id, mail('a'));
        source.present.delete('m3');
        source.refused.set('m4', locked);
        contents.failing.set('m7', locked);
      },
      damaged,
    );
    expect(contents.read.sort()).toEqual(many.filter((id) => id !== 'm3' && id !== 'm4'));
    expect(damaged.read).toEqual(many.filter((id) => id !== 'm4' && id !== 'm7'));
    expect([...draft.owed.keys()]).toEqual(['m4', 'm7']);
    const again = new Damaged(['m4', 'm7']);
    const second = await run(
      [page(3)],
      { id: aboutTo, body: await draft.finish({}, { unexplained: 0 }) },
      (source) => source.present.set('m4', mail('a')).set('m7', mail('a')),
      again,
    );
    expect(second.contents.read).toEqual(['m4', 'm7']);
    expect(again.read).toEqual(['m4', 'm7']);
  });

  it('lets an item vanish only when the source does not know it by id', async () => {
    const { next } = await run(three);
    const { body, count, source } = await run(
      [
        { type: 'removed', id: 'm1', fromParentId: 'inbox' },
        { type: 'removed', id: 'm2', fromParentId: 'inbox' },
        { type: 'removed', id: 'm3', fromParentId: 'drafts' },
        page(2),
      ],
      next,
      (told) => told.present.set('m2', mail('d', 'archive', 'a')),
    );
    expect(source.asked).toEqual(['m1', 'm2']);
    expect([count('vanished'), count('moved'), count('unchanged')]).toEqual([1, 1, 1]);
    const log = await Array.fromAsync(logTree(context).scan(body.log));
    expect(log.map(([, row]) => row)).toMatchObject([
      { about: 'vanished', itemId: 'm1', path: 'A subject', code: 'REMOVED' },
    ]);
  });

  it('loses no deletion of an item that moved before it was deleted', async () => {
    const { next } = await run(three);
    const { count } = await run(
      [
        { type: 'removed', id: 'm1', fromParentId: 'inbox' },
        { type: 'removed', id: 'm1', fromParentId: 'archive' },
        page(2),
      ],
      next,
    );
    expect([count('vanished'), count('unchanged')]).toEqual([1, 2]);
  });

  it('finds what a restarted folder no longer lists', async () => {
    const { next } = await run(three);
    const { count, contents } = await run(
      [
        { type: 'scope-restarted', scope: 'inbox' },
        item('m1', mail('a')),
        item('m3', mail('a')),
        { type: 'scope-complete', scope: 'inbox' },
        page(2),
      ],
      next,
    );
    expect([count('vanished'), count('unchanged')]).toEqual([1, 2]);
    expect(contents.read).toEqual([]);
  });

  it.each(['inbox', WHOLE_SCOPE])(
    'keeps what a fresh listing of %s names, though it could not be read',
    async (scope) => {
      const { next } = await run(three);
      const listing: SourceChange[] = [
        { type: 'scope-restarted', scope },
        item('m1', mail('a')),
        item('m2', mail('b', 'inbox', 'edited')),
        { type: 'scope-complete', scope },
        page(2),
      ];
      const { count, draft, body } = await run(listing, next, (source, contents) => {
        source.present.set('m2', mail('b', 'inbox', 'edited'));
        contents.failing.set('m2', new AppError('GRAPH_REJECTED', 'The thing is locked.'));
      });
      expect(count('vanished')).toBe(1);
      expect(draft.owed.has('m2')).toBe(true);
      const again = await run([page(3)], { id: aboutTo, body }, (source) => {
        source.present.set('m2', mail('b', 'inbox', 'edited'));
      });
      expect(again.contents.read).toEqual(['m2']);
      expect(again.draft.owed.size).toBe(0);
    },
  );

  it('takes the fresh listing of a whole resource for proof', async () => {
    const { next } = await run(three);
    const { count, source } = await run(
      [
        { type: 'scope-restarted', scope: WHOLE_SCOPE },
        item('m1', mail('a')),
        { type: 'scope-complete', scope: WHOLE_SCOPE },
        page(2),
      ],
      next,
    );
    expect(count('vanished')).toBe(2);
    expect(source.asked).toEqual([]);
  });

  it('owes an item that failed, stores the others, and reads what is owed first the next time', async () => {
    const first = await run(three, undefined, (_, contents) =>
      contents.failing.set('m2', new AppError('GRAPH_UNAVAILABLE', 'Not now.')),
    );
    expect(first.count('new')).toBe(2);
    expect([...first.draft.owed]).toEqual([
      ['m2', expect.objectContaining({ code: 'GRAPH_UNAVAILABLE', attempts: 1 })],
    ]);
    const second = await run([page(2)], first.next, (source) => source.present.set('m2', mail('a')));
    expect(second.contents.read).toEqual(['m2']);
    expect(second.draft.owed.size).toBe(0);
    expect(second.count('new')).toBe(1);
  });

  it('keeps an owed item owed while a 404 is all there is', async () => {
    const first = await run(three, undefined, (_, contents) =>
      contents.failing.set('m2', new AppError('GRAPH_UNAVAILABLE', 'Not now.')),
    );
    const second = await run([page(2)], first.next);
    expect([...second.draft.owed.keys()]).toEqual(['m2']);
    const third = await run([{ type: 'removed', id: 'm2', fromParentId: 'inbox' }, page(3)], second.next);
    expect(third.draft.owed.size).toBe(0);
  });

  it('owes what the source tells of and cannot show, and keeps what it has of it', async () => {
    const { next } = await run(three);
    const locked = new AppError('GRAPH_REJECTED', 'The thing is locked.');
    const untold = { type: 'unreadable', id: 'm2', kind: 'message', parentId: 'inbox', error: locked } as const;
    const { draft, count } = await run([{ type: 'removed', id: 'm2', fromParentId: 'inbox' }, untold, page(2)], next);
    expect([...draft.owed]).toEqual([['m2', expect.objectContaining({ code: 'GRAPH_REJECTED', parentId: 'inbox' })]]);
    expect(count('vanished')).toBe(0);
  });

  it('owes nothing any more that went with its folder, or that a fresh listing lacks', async () => {
    const folder: SourceRecord = { kind: 'mail-folder', name: 'Projects', bytes: 0, changeTag: 'f', properties: {} };
    const script = [item('projects', folder), item('m1', mail('a', 'projects')), page(1)];
    const refuse = (_: ScriptedSource, contents: Contents) =>
      void contents.failing.set('m1', new AppError('GRAPH_REJECTED', 'The thing is locked.'));
    const first = await run(script, undefined, refuse);
    expect([...first.draft.owed.keys()]).toEqual(['m1']);
    const removed: SourceChange = { type: 'removed', id: 'projects' };
    const gone = await run([removed, { type: 'scope-gone', scope: 'projects' }, page(2)], first.next);
    expect(gone.draft.owed.size).toBe(0);
    const listing = ['scope-restarted', 'scope-complete'].map((type) => ({ type, scope: 'projects' }) as SourceChange);
    const listed = await run([...listing, page(2)], first.next);
    expect(listed.draft.owed.size).toBe(0);
    const there = await run([...listing, page(2)], first.next, (source) => {
      source.refused.set('m1', new AppError('GRAPH_REJECTED', 'The thing is locked.'));
    });
    expect([...there.draft.owed.keys()]).toEqual(['m1']);
  });

  it('ends no job for an item that cannot even be asked for', async () => {
    const locked = new AppError('GRAPH_REJECTED', 'The thing is locked.');
    const { next } = await run(three, undefined, (_, contents) => contents.failing.set('m2', locked));
    const again = await run([item('m4', mail('a')), page(2)], next, (source) => source.refused.set('m2', locked));
    expect(again.count('new')).toBe(1);
    expect(again.draft.owed.get('m2')).toMatchObject({ attempts: 2, parentId: 'inbox' });

    const removal: SourceChange = { type: 'removed', id: 'm1', fromParentId: 'inbox' };
    const gone = await run([removal, page(2)], next, (source) => source.refused.set('m1', locked));
    expect(gone.count('vanished')).toBe(0);
    expect(gone.draft.owed.has('m1')).toBe(true);
  });

  it('leaves out for good only what is in the closed list', async () => {
    const { body, draft } = await run(three, undefined, (_, contents) =>
      contents.failing.set('m2', new Error('malware')),
    );
    expect(body.ledger.leftOut).toEqual({ malware: 1 });
    expect(draft.owed.size).toBe(0);
  });

  it('reads an item again that changed while it was read', async () => {
    const { contents, count } = await run(three, undefined, (source, contents) => {
      source.present.set('m2', mail('b'));
      const conflict = new AppError('CONFLICT', 'It changed.');
      contents.failing.set('m2', conflict);
      const lookUp = source.lookUp.bind(source);
      source.lookUp = async (id) => {
        contents.failing.delete(id);
        return lookUp(id);
      };
    });
    expect(contents.read.filter((id) => id === 'm2')).toHaveLength(2);
    expect(count('new')).toBe(3);
  });

  it('gives up when the trouble is not the items', async () => {
    const many = Array.from({ length: 40 }, (_, n) => item(`m${n}`, mail('a')));
    const running = run([...many, page(1)], undefined, (_, contents) => {
      for (const change of many)
        if (change.type === 'item') contents.failing.set(change.id, new AppError('GRAPH_UNAVAILABLE', 'Down.'));
    });
    await expect(running).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    const stored = run(three, undefined, (_, contents) =>
      contents.failing.set('m1', new AppError('STORE_FULL', 'Full.')),
    );
    await expect(stored).rejects.toMatchObject({ code: 'STORE_FULL' });
  });
});
