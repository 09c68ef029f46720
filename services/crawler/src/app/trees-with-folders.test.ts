import type { OwedItem, SnapshotBody } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { MOST_SETTLINGS, treesWithFolders } from './trees-with-folders.js';

/** A draft that lacks folders, and what is done about them; `next` answers what is lacking after a settling. */
function scripted(first: readonly string[], next: (settled: readonly string[]) => readonly string[]) {
  const done: string[] = [];
  let trees = 0;
  const draft = {
    lackingFolders: first,
    owed: new Map<string, OwedItem>(),
    known: async (ids: readonly string[]) => ({ records: new Map(ids.map((id) => [id, undefined])) }),
  };
  const deeds = {
    finish: async () => ({ trees: (trees += 1) }) as unknown as SnapshotBody,
    settle: async (folders: readonly string[], body: SnapshotBody) => {
      done.push(`settle ${folders.join()} of ${JSON.stringify(body)}`);
      draft.lackingFolders = next(folders);
    },
    owe: async () => {
      done.push(`owe ${draft.lackingFolders.join()}`);
      for (const id of draft.lackingFolders) draft.owed.set(id, { kind: 'drive-folder' } as OwedItem);
    },
  };
  const run = () => treesWithFolders(draft as unknown as Parameters<typeof treesWithFolders>[0], deeds);
  return { run, done, treesMade: () => trees };
}

describe('treesWithFolders', () => {
  it('makes trees once where no folder is lacking', async () => {
    const { run, done, treesMade } = scripted([], () => []);
    await run();
    expect([done, treesMade()]).toEqual([[], 1]);
  });

  it('settles what settling others has named, and makes trees after each', async () => {
    const { run, done } = scripted(['f', 'g'], ([folder]) => (folder === 'f' ? ['h'] : []));
    expect(await run()).toEqual({ trees: 3 });
    expect(done).toEqual(['settle f,g of {"trees":1}', 'settle h of {"trees":2}']);
  });

  it('settles each once, and owes what is lacking all the same', async () => {
    const { run, done } = scripted(['f'], () => ['f', 'g']);
    expect(await run()).toEqual({ trees: 4 });
    expect(done).toEqual(['settle f of {"trees":1}', 'settle g of {"trees":2}', 'owe f,g']);
  });

  it('follows a service that names ever new ones for a while, and owes the last', async () => {
    const { run, done } = scripted(['0'], ([folder]) => [`${Number(folder) + 1}`]);
    await run();
    expect(done).toHaveLength(MOST_SETTLINGS + 1);
    expect(done.at(-1)).toBe(`owe ${MOST_SETTLINGS}`);
  });
});
