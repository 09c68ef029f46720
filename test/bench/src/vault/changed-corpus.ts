import { rename } from 'node:fs/promises';

/** A corpus, and what it looks like after a change: the one stands in the other's place for as long as somebody backs up the change. */
export interface ChangedCorpus {
  readonly folder: string;
  readonly changed: string;
  /** Names a file with the paths that are different, a JSON array. */
  readonly list: string;
}

/** Runs `work` with the change where the corpus was, for peers know files by their paths. */
export async function whileChanged<Result>(
  { folder, changed }: ChangedCorpus,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = `${folder}.before`;
  await rename(folder, before);
  await rename(changed, folder);
  try {
    return await work();
  } finally {
    await rename(folder, changed);
    await rename(before, folder);
  }
}
