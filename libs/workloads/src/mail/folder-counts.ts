import type { SourceCount } from '../reader.port.js';
import type { MailFolder } from './mail-folders.js';

/** Whether the service's counts of subfolders hold hidden ones: no page says so. */
const CONVENTIONS = ['visible', 'all'] as const;

/**
 * How many subfolders each folder has, as the service counts them and as a snapshot lists them: saved searches left out. Hidden
 * folders are told by the listing alone, so a mailbox is balanced when either way of counting fits all of it.
 */
export function subfolderCounts(folders: readonly MailFolder[]): readonly SourceCount[] {
  const below = Map.groupBy(folders, ({ parentId }) => parentId);
  const [first, second] = CONVENTIONS.map((convention) =>
    folders.map((folder) => ({ folder, lacking: lacking(folder, below.get(folder.id) ?? [], convention) })),
  );
  const differing = (counts: typeof first) => (counts ?? []).filter((count) => count.lacking !== 0).length;
  const fitting = differing(second) < differing(first) ? second : first;
  return (fitting ?? [])
    .filter(({ folder }) => folder.search === undefined)
    .map(({ folder: { id }, lacking: missing }) => {
      const listed = (below.get(id) ?? []).filter(({ search }) => search === undefined).length;
      return { parentId: id, items: listed + missing, of: 'folders' as const };
    });
}

/** Subfolders that the service counts and the listing lacks; negative for those that it lists and does not count. */
function lacking(
  { subfolders }: MailFolder,
  listed: readonly MailFolder[],
  convention: (typeof CONVENTIONS)[number],
): number {
  if (subfolders === undefined) return 0;
  return subfolders - listed.filter(({ isHidden }) => convention === 'all' || !isHidden).length;
}
