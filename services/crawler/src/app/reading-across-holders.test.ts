import { AppError, type ErrorCode, SystemClock } from '@holdfast/kernel';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { SnapshotDraft, tallyOf, Words, type ParentSnapshot } from '@holdfast/vault';
import { WHOLE_SCOPE, type SourceChange, type SourceRecord } from '@holdfast/workloads';
import { describe, expect, it } from '@jest/globals';
import { taskShare } from '../domain/task-share.js';
import type { ContentWriter } from './content-writer.js';
import { Exclusions } from './exclusions.js';
import { ResourceReading } from './resource-reading.js';
import { Contents, Damaged, ScriptedSource } from './scripted-source.suite.js';

const context = { store: new MemoryChunkStore(), treeKey: new Uint8Array(32).fill(7) };
const file = (tag: string): SourceRecord => ({
  ...{ kind: 'file', parentId: 'docs', name: `File ${tag}`, bytes: 3, changeTag: tag, contentTag: tag },
  ...{ properties: {}, contentForm: 'bytes' },
});
const docs: SourceRecord = { kind: 'drive-folder', name: 'Docs', bytes: 0, changeTag: 'f', properties: {} };
const item = (id: string, record = file(id)): SourceChange => ({ type: 'item', id, record });
const cursor = (token: string): SourceChange => ({ type: 'cursor', cursor: { [WHOLE_SCOPE]: token } });

interface Held {
  readonly parent?: ParentSnapshot;
  readonly checkpoint?: Uint8Array | undefined;
  /** Items that cannot be read, and why. */
  readonly bad?: readonly string[];
  readonly code?: ErrorCode;
}

/** A holder of a task, as ResourceRun is one: it makes a checkpoint at each pause that has a cursor. */
async function hold(
  toldSince: readonly SourceChange[] | ((token: string | undefined) => readonly SourceChange[]),
  { parent, checkpoint, bad = [], code = 'GRAPH_REJECTED' }: Held = {},
) {
  const draft = await SnapshotDraft.open({ context, parent, ...(checkpoint && { checkpoint }) });
  const words = new Words(draft.words);
  const reader = new ScriptedSource(
    typeof toldSince === 'function' ? toldSince(draft.cursor?.[WHOLE_SCOPE]) : toldSince,
  );
  const contents = new Contents();
  for (const id of parent ? Array.from({ length: 30 }, (_, n) => `bad ${n}`) : bad) reader.present.set(id, file(id));
  for (const id of bad) {
    contents.failing.set(id, new AppError(code, 'It cannot be read.'));
  }
  const held: { saved?: Uint8Array } = {};
  const reading = new ResourceReading({
    share: taskShare(1, 0),
    ...{ reader, draft, words, contents: contents as unknown as ContentWriter, clock: new SystemClock() },
    ...{ signal: new AbortController().signal, exclusions: new Exclusions(new Set()), damaged: new Damaged([]) },
    ...{ onItem: () => undefined, onUnexpected: () => undefined },
    onPause: async (safe) => {
      held.saved = await draft.checkpoint(safe);
    },
  });
  const end = await reading.run(draft.cursor);
  const commit = async (): Promise<ParentSnapshot> => ({
    id: 'a'.repeat(64) as ParentSnapshot['id'],
    body: await draft.finish(end, { unexplained: 0 }, words),
  });
  return { ...held, commit };
}

describe('a task that several hold one after the other', () => {
  it.each<[string, readonly SourceChange[]]>([
    ['a removal', [{ type: 'removed', id: 'f1' }]],
    [
      'a fresh listing that lacks it',
      [
        { type: 'scope-restarted', scope: WHOLE_SCOPE },
        ...[item('docs', docs), item('f2')],
        { type: 'scope-complete', scope: WHOLE_SCOPE },
      ],
    ],
  ])('whose checkpoint has passed %s has the item gone when another holder ends it', async (_, told) => {
    const parent = await (await hold([item('docs', docs), item('f1'), item('f2'), cursor('1')])).commit();
    // Lost after the checkpoint and before the commit.
    const toldSince = (token?: string) => (token === '2' ? [cursor('2')] : [...told, item('f3'), cursor('2')]);
    const { saved } = await hold(toldSince, { parent });
    const next = await hold(toldSince, { parent, checkpoint: saved });
    const { ledger } = (await next.commit()).body;
    expect([tallyOf(ledger, 'vanished').items, ledger.holds.file?.items]).toEqual([1, 2]);
  });

  it.each(['GRAPH_REJECTED', 'GRAPH_UNAVAILABLE'] as const)(
    'is done the second time, too, where thirty items among many cannot be read: %s',
    async (code) => {
      const bad = Array.from({ length: 30 }, (_, n) => `bad ${n}`);
      const script = [item('docs', docs), ...bad.flatMap((id, n) => [item(id), item(`good ${n}`)]), cursor('1')];
      const parent = await (await hold(script, { bad, code })).commit();
      expect([parent.body.ledger.owed, parent.body.ledger.holds.file?.items]).toEqual([30, 30]);
      const next = await hold([item('new'), cursor('2')], { parent, bad, code });
      const { body } = await next.commit();
      expect([body.ledger.owed, body.ledger.holds.file?.items]).toEqual([30, 31]);
      // All get their turn, whoever fails.
      const healed = await hold([cursor('3')], { parent: { ...parent, body }, bad: bad.slice(0, 25), code });
      expect((await healed.commit()).body.ledger.owed).toBe(25);
    },
  );

  it('of a drive that has no snapshot makes checkpoints on its way', async () => {
    // What DriveReader tells in a first round, up to where its crawler is lost.
    const files = Array.from({ length: 3_000 }, (_, n) => item(`file ${n}`));
    const { saved } = await hold([{ type: 'scope-restarted', scope: WHOLE_SCOPE }, ...files]);
    expect(saved).toBeDefined();
  });
});
