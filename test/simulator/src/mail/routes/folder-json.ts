import type * as graph from '@microsoft/microsoft-graph-types';
import type { MailFolder } from '../model/mail-folder.js';
import { folderContent } from './folder-content.js';
import type { Mailbox } from '../model/mailbox.js';

export const FOLDER_PROPERTIES: ReadonlySet<string> = new Set([
  'id',
  'displayName',
  'parentFolderId',
  'childFolderCount',
  'unreadItemCount',
  'totalItemCount',
  'isHidden',
  'singleValueExtendedProperties',
]);

/** A folder as v1.0 shows it: without its well-known name (docs: graph/api/resources/mailfolder). */
export function folderJson(mailbox: Mailbox, folder: MailFolder): graph.MailFolder & Record<string, unknown> {
  const counts = folder.search ? searchCounts(mailbox, folder) : { total: folder.items.size, unread: folder.unread };
  return {
    ...(folder.search ? { '@odata.type': '#microsoft.graph.mailSearchFolder' } : {}),
    id: folder.id,
    displayName: folder.displayName,
    parentFolderId: folder.parent?.id ?? null,
    childFolderCount: [...folder.children].filter((child) => !child.isHidden).length,
    unreadItemCount: counts.unread,
    totalItemCount: counts.total,
    isHidden: folder.isHidden,
    ...(folder.search ? searchJson(folder.search) : {}),
  };
}

function searchCounts(mailbox: Mailbox, folder: MailFolder): { total: number; unread: number } {
  const found = folderContent(mailbox, folder);
  return { total: found.length, unread: found.filter((item) => !item.isRead).length };
}

const searchJson = (search: NonNullable<MailFolder['search']>): Partial<graph.MailSearchFolder> => ({
  isSupported: search.isSupported,
  includeNestedFolders: search.includeNestedFolders,
  sourceFolderIds: search.sources.map((source) => source.id),
  filterQuery: search.filterQuery,
});
