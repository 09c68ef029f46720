import { SystemClock } from '@holdfast/kernel';
import { MemoryChunkStore } from '@holdfast/testkit/memory-chunk-store';
import { SnapshotDraft, Words } from '@holdfast/vault';
import type { SourceChange } from '@holdfast/workloads';
import { taskShare } from '../domain/task-share.js';
import type { ContentWriter } from './content-writer.js';
import { Exclusions } from './exclusions.js';
import { lackingFolders } from './folderless-items.js';
import { Relisting } from './relisting.js';
import { ResourceReading } from './resource-reading.js';
import { Contents, Damaged, ScriptedSource } from './scripted-source.suite.js';

export const context = { store: new MemoryChunkStore(), treeKey: new Uint8Array(32).fill(7) };

/** A resource's first task, which follows change tracking once for each script. */
export async function scriptedTask(...scripts: readonly (readonly SourceChange[])[]) {
  const draft = await SnapshotDraft.open({ context, parent: undefined });
  const words = new Words(draft.words);
  const contents = new Contents();
  const source = new ScriptedSource([]);
  const readingOf = (script: readonly SourceChange[]) =>
    new ResourceReading({
      share: taskShare(1, 0),
      reader: Object.assign(source, { script }),
      draft,
      words,
      contents: contents as unknown as ContentWriter,
      clock: new SystemClock(),
      signal: new AbortController().signal,
      exclusions: new Exclusions(new Set()),
      damaged: new Damaged([]),
      onItem: () => undefined,
      onPause: async () => undefined,
      onUnexpected: () => undefined,
    });
  const finish = () => draft.finish({}, { unexplained: 0 }, words);
  return {
    draft,
    source,
    contents,
    /** Answers the trees. */
    async read() {
      for (const script of scripts) await readingOf(script).run(draft.cursor);
      return finish();
    },
    async relist(script: readonly SourceChange[]) {
      await readingOf(script).run(draft.cursor, new Relisting(context, draft, await finish()));
      return finish();
    },
    async settle() {
      const body = await finish();
      await readingOf([]).settleFolders(await lackingFolders(draft), body);
      return finish();
    },
    async owe() {
      await readingOf([]).oweFolders(await finish());
      return finish();
    },
    async held() {
      return (await Array.fromAsync(draft.listed(await finish(), undefined))).map(({ id }) => id);
    },
  };
}
