import type { SnapshotBody, SnapshotDraft } from '@holdfast/vault';
import { lackingFolders } from './folderless-items.js';

/**
 * Times that folders are settled which settling others has named: each settles a whole way up, so the second is for what moved meanwhile. A service
 * that names new ones time after time is not followed for ever.
 */
export const MOST_SETTLINGS = 10;

export interface TreeDeeds {
  /** Makes the trees of the draft as it is. */
  finish(): Promise<SnapshotBody>;
  /** Takes the folders, or removes what would stand in them. */
  settle(folders: readonly string[], body: SnapshotBody): Promise<void>;
  /** Leaves the folders that are lacking all the same to the next job. */
  owe(body: SnapshotBody): Promise<void>;
}

/** No item may lie in a folder that is not there: its folder came late, was not told of, or took it along. */
export async function treesWithFolders(
  draft: Pick<SnapshotDraft, 'owed' | 'lackingFolders' | 'known'>,
  deeds: TreeDeeds,
): Promise<SnapshotBody> {
  let body = await deeds.finish();
  // Each is settled once: what is lacking all the same afterwards does not come by asking again.
  const settled = new Set<string>();
  for (let settlings = 0; settlings < MOST_SETTLINGS; settlings += 1) {
    const lacking = (await lackingFolders(draft)).filter((folder) => !settled.has(folder));
    if (lacking.length === 0) break;
    await deeds.settle(lacking, body);
    for (const folder of lacking) settled.add(folder);
    body = await deeds.finish();
  }
  if (draft.lackingFolders.length === 0) return body;
  await deeds.owe(body);
  return deeds.finish();
}
