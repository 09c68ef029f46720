import {
  balanceFolder,
  folderPrefix,
  foldersTree,
  messagesPrefix,
  subfoldersPrefix,
  type FolderCounts,
  type SnapshotBody,
  type SnapshotDraft,
  type TreeContext,
} from '@holdfast/vault';
import type { WorkloadReader } from '@holdfast/workloads';

/** Where a snapshot lists what the service counts. */
const PREFIX_OF = { messages: messagesPrefix, folders: subfoldersPrefix, entries: folderPrefix } as const;

/** Folders of which the service counts other than the trees of the draft hold. */
export async function folderDifferences(
  {
    draft,
    context,
    reader,
    signal,
  }: {
    readonly draft: SnapshotDraft;
    readonly context: TreeContext;
    readonly reader: Pick<WorkloadReader, 'counts'>;
    readonly signal: AbortSignal;
  },
  body: SnapshotBody,
): Promise<readonly FolderCounts[]> {
  const counts = await reader.counts(signal);
  const owed = await owedBesideListed(draft);
  const folders = foldersTree(context);
  const differing: FolderCounts[] = [];
  for (const { parentId, items, of } of counts) {
    const listed = await folders.count(body.folders, { prefix: PREFIX_OF[of](parentId) });
    const counted = { parentId, sourceBefore: items, sourceAfter: items, listed, owed: owed.get(parentId) ?? 0 };
    if (balanceFolder(counted).is !== 'balanced') differing.push(counted);
  }
  return differing;
}

/** What the folders' listings lack for what is owed. An owed item that is stored as it was before is listed where it was. */
async function owedBesideListed(draft: SnapshotDraft): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const add = (folder: string, count: number) => counts.set(folder, (counts.get(folder) ?? 0) + count);
  const { records: stored } = await draft.known([...draft.owed.keys()]);
  for (const [id, { parentId = '' }] of draft.owed) {
    const record = stored.get(id);
    add(parentId, 1);
    if (record) add(record.parentId ?? '', -1);
  }
  return counts;
}
