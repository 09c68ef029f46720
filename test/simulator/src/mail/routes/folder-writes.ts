import { ApiError } from '../../core/api-error.js';
import type { MailFolder, Search } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { FOLDER_NAMES_IGNORE_CASE } from '../switches.js';
import { readProperties } from './read-json.js';
import { requireFolder } from './open.js';

type Json = Readonly<Record<string, unknown>>;

function requireFreeName(mailbox: Mailbox, parent: MailFolder, name: string, self?: MailFolder): void {
  const ignoresCase = mailbox.switches.get(FOLDER_NAMES_IGNORE_CASE);
  const same = (child: MailFolder): boolean =>
    child !== self &&
    (child.displayName === name || (ignoresCase && child.displayName.toLowerCase() === name.toLowerCase()));
  if ([...parent.children].some(same)) {
    throw new ApiError(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
  }
}

function nameIn(json: Json): string {
  const { displayName } = json;
  if (typeof displayName === 'string' && displayName !== '') return displayName;
  throw new ApiError(400, 'ErrorInvalidParameter', 'The displayName of a folder must be a non-empty string.');
}

/** Makes a folder or a search folder (docs: graph/api/mailfolder-post-childfolders, mailsearchfolder-post). */
export function newFolder(mailbox: Mailbox, parent: MailFolder, json: Json): MailFolder {
  const displayName = nameIn(json);
  requireFreeName(mailbox, parent, displayName);
  const properties = readProperties(json.singleValueExtendedProperties);
  const isSearch =
    json['@odata.type'] === '#microsoft.graph.mailSearchFolder' ||
    json['@odata.type'] === 'microsoft.graph.mailSearchFolder';
  const folder = mailbox.addFolder({
    displayName,
    parent,
    isHidden: json.isHidden === true,
    ...(isSearch ? { search: searchIn(mailbox, json) } : {}),
  });
  if (properties.size > 0) folder.properties = properties;
  mailbox.isLived = true;
  return folder;
}

function searchIn(mailbox: Mailbox, json: Json): Search {
  const { sourceFolderIds, filterQuery, includeNestedFolders } = json;
  if (!Array.isArray(sourceFolderIds) || typeof filterQuery !== 'string') {
    throw new ApiError(400, 'ErrorInvalidParameter', 'A search folder needs sourceFolderIds and a filterQuery.');
  }
  const sources = sourceFolderIds.map((id) => requireFolder(mailbox, String(id)));
  return { sources, filterQuery, includeNestedFolders: includeNestedFolders === true, isSupported: true };
}

/** Changes what a search folder looks for (docs: graph/api/mailsearchfolder-update). */
function changeSearch(mailbox: Mailbox, folder: MailFolder, json: Json): void {
  const { search } = folder;
  if (!search) return;
  if (!search.isSupported) {
    throw new ApiError(400, 'ErrorInvalidRequest', 'The search folder was not made by Graph and cannot be changed.');
  }
  const { filterQuery, includeNestedFolders } = search;
  const changed = searchIn(mailbox, { filterQuery, includeNestedFolders, sourceFolderIds: [], ...json });
  folder.search = json.sourceFolderIds === undefined ? { ...changed, sources: search.sources } : changed;
}

/** Folders that the mailbox was born with stay as they are. */
export function requireOwnFolder(folder: MailFolder): MailFolder {
  if (folder.wellKnownName === undefined) return folder;
  throw new ApiError(400, 'ErrorDeleteDistinguishedFolder', 'Distinguished folders cannot be moved or deleted.');
}

/** Gives a folder another name or properties, and a search folder other criteria. */
export function changeFolder(mailbox: Mailbox, folder: MailFolder, json: Json): void {
  const properties = readProperties(json.singleValueExtendedProperties);
  if (properties.size > 0) folder.properties = new Map([...(folder.properties ?? []), ...properties]);
  changeSearch(mailbox, folder, json);
  if (json.displayName === undefined) {
    mailbox.changeFolder(folder, {});
    return;
  }
  const displayName = nameIn(json);
  if (folder.wellKnownName !== undefined) {
    throw new ApiError(400, 'ErrorCannotRenameDistinguishedFolder', 'Distinguished folders cannot be renamed.');
  }
  if (folder.parent) requireFreeName(mailbox, folder.parent, displayName, folder);
  mailbox.changeFolder(folder, { displayName });
}

/** Moves a folder to Deleted Items, under another name where its own is taken; from there it goes for good. */
export function binFolder(mailbox: Mailbox, folder: MailFolder): void {
  const bin = mailbox.requireWellKnown('deleteditems');
  if (folder.isInside(bin)) {
    mailbox.removeFolder(folder);
    return;
  }
  const taken = new Set([...bin.children].map((child) => child.displayName.toLowerCase()));
  let displayName = folder.displayName;
  for (let n = 1; taken.has(displayName.toLowerCase()); n++) displayName = `${folder.displayName}${n}`;
  mailbox.changeFolder(folder, { displayName, parent: bin });
}

/** Moves or copies a folder with all that is in it (docs: graph/api/mailfolder-move, mailfolder-copy). */
export function takeIn(mailbox: Mailbox, folder: MailFolder, target: MailFolder, how: 'move' | 'copy'): MailFolder {
  if (target.isInside(folder)) throw new ApiError(400, 'ErrorMoveCopyFailed', 'A folder cannot be put into itself.');
  requireFreeName(mailbox, target, folder.displayName, folder);
  if (how === 'copy') return copyFolder(mailbox, folder, target);
  mailbox.changeFolder(folder, { parent: target });
  return folder;
}

function copyFolder(mailbox: Mailbox, folder: MailFolder, parent: MailFolder): MailFolder {
  const { displayName, isHidden } = folder;
  const copy = mailbox.addFolder({ displayName, parent, isHidden });
  for (const item of [...folder.items]) mailbox.copyItem(item, copy);
  for (const child of [...folder.children]) if (child !== copy) copyFolder(mailbox, child, copy);
  mailbox.isLived = true;
  return copy;
}
