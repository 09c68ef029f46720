import { filterPaths, matchesFilter, parseFilter } from '../../core/odata-filter.js';
import type { MailFolder, MailItem } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { MessageView, propertiesOf } from './message-json.js';

export const newestFirst = (left: MailItem, right: MailItem): number =>
  right.receivedAt - left.receivedAt || left.index - right.index;

/** The messages that a folder shows, newest first; a search folder shows those of its sources that pass its filter. */
export function folderContent(mailbox: Mailbox, folder: MailFolder): readonly MailItem[] {
  if (!folder.search) return folder.sorted('newest', newestFirst);
  const { sources, includeNestedFolders, filterQuery } = folder.search;
  const filter = parseFilter(filterQuery);
  const names = filterPaths(filter).map((path) => path.split('/')[0] ?? path);
  return sources
    .flatMap((source) => [source, ...(includeNestedFolders ? source.descendants() : [])])
    .flatMap((source) => [...source.items])
    .filter((item) => matchesFilter(filter, propertiesOf(new MessageView(mailbox, item, 'rest'), names)))
    .sort(newestFirst);
}

/** Every message of the mailbox that a reader can see, newest first. */
export function mailboxContent(mailbox: Mailbox): readonly MailItem[] {
  const root = mailbox.requireWellKnown('msgfolderroot');
  return [...root.descendants()].flatMap((folder) => [...folder.items]).sort(newestFirst);
}
