import { createHash } from 'node:crypto';
import { deltaRound, entries, type GraphClient, parseAnswer } from '@holdfast/graph';
import { isAppError } from '@holdfast/kernel';
import { z } from 'zod';
import type { SourceRecord } from '../reader.port.js';
import { mailboxPath, outlookDemand } from './outlook-demand.js';
import { SEARCH_TYPE, searchCriteria, type SearchCriteria, searchFieldsSchema } from './search-criteria.js';
import { idOfWellKnown, ROOT_NAME, SEARCH_ROOT_NAME, type WellKnownFolders } from './well-known-folders.js';

const folderSchema = z.object({
  '@odata.type': z.string().optional(),
  '@removed': z.unknown().optional(),
  id: z.string().min(1),
  displayName: z.string().nullish(),
  parentFolderId: z.string().nullish(),
  totalItemCount: z.number().nullish(),
  childFolderCount: z.number().nullish(),
  isHidden: z.boolean().nullish(),
  ...searchFieldsSchema.shape,
});

/** A folder of a mailbox. */
export interface MailFolder {
  readonly id: string;
  readonly name: string;
  /** The id of a folder that may be outside the listing (the root). */
  readonly parentId: string | undefined;
  /** Items of every class, as the service counts them. */
  readonly items: number;
  /** Folders in it, as the service counts them; undefined where it does not. */
  readonly subfolders: number | undefined;
  readonly isHidden: boolean;
  /** Set of a saved search: it shows messages of other folders and holds none. */
  readonly search: SearchCriteria | undefined;
}

/** Hidden folders hold mail too. [Graph documentation: api/user-list-mailfolders.md] All fields: what a search folder looks for is a subtype's and cannot be selected. */
const LISTED = 'includeHiddenFolders=true';
const PAGE = 250;
/** What Exchange calls the folder above Outlook's saved searches, in every language; no client shows it. [MS-OXOSFLD: the special folder Finder] */
const SEARCH_ROOT = { name: 'Finder', items: 0, subfolders: undefined, isHidden: true, search: undefined } as const;

/** Every folder below the mailbox's top, at any depth: the flat listing that folder tracking begins with, a request per {@link PAGE} folders. */
export async function listMailFolders(
  client: GraphClient,
  userId: string,
  signal?: AbortSignal,
): Promise<readonly MailFolder[]> {
  const folders = new Map<string, MailFolder>();
  const request = {
    path: `${mailboxPath(userId)}/mailFolders/delta?${LISTED}`,
    demand: outlookDemand(userId),
    prefer: [`odata.maxpagesize=${PAGE}`],
  };
  for await (const page of deltaRound(client, request, signal)) {
    for (const entry of page.items) {
      const raw = parseAnswer(folderSchema, entry);
      if (raw['@removed'] !== undefined) folders.delete(raw.id);
      else folders.set(raw.id, await readFolder(client, userId, raw, signal));
    }
  }
  return [...folders.values()];
}

/**
 * The folders that Outlook shows as its search folders. They stand beside the mailbox's top, so no listing of what is below it has
 * them: a request for each 250, and one more for each plain folder among them that holds others. [Graph documentation: resources/mailsearchfolder.md]
 */
export async function listOutlookSearches(
  client: GraphClient,
  userId: string,
  signal?: AbortSignal,
): Promise<readonly MailFolder[]> {
  const folders = new Map<string, MailFolder>();
  const above: string[] = [SEARCH_ROOT_NAME];
  for (const parent of above) {
    const path = `${mailboxPath(userId)}/mailFolders/${encodeURIComponent(parent)}/childFolders?${LISTED}&$top=${PAGE}`;
    try {
      for await (const entry of entries(client, { path, demand: outlookDemand(userId) }, signal)) {
        const raw = parseAnswer(folderSchema, entry);
        if (folders.has(raw.id)) continue;
        const folder = await readFolder(client, userId, raw, signal);
        folders.set(folder.id, folder);
        if (!folder.search && (raw.childFolderCount ?? 0) > 0) above.push(folder.id);
      }
    } catch (error) {
      // A mailbox without that folder, or one that went while it was listed.
      if (!isAppError(error, 'GRAPH_NOT_FOUND')) throw error;
    }
  }
  return [...folders.values()];
}

/** The listing with the folders that Graph leaves out: its root, which folders name as their parent, and the one above Outlook's searches. */
export function underRoot(listed: readonly MailFolder[], wellKnown: WellKnownFolders): readonly MailFolder[] {
  const rootId = idOfWellKnown(wellKnown, ROOT_NAME);
  if (rootId === undefined) return listed;
  const searchRootId = idOfWellKnown(wellKnown, SEARCH_ROOT_NAME);
  const root = {
    id: rootId,
    name: '',
    parentId: undefined,
    items: 0,
    subfolders: undefined,
    isHidden: false,
    search: undefined,
  };
  const searchRoot = searchRootId === undefined ? [] : [{ ...SEARCH_ROOT, id: searchRootId, parentId: rootId }];
  const tops: readonly MailFolder[] = [root, ...searchRoot];
  // One that moved between two listings is in both; the later one is right.
  const folders = new Map([...listed, ...tops].map((folder) => [folder.id, folder]));
  for (const { id } of tops) folders.delete(id);
  const isInside = ({ parentId = '' }: MailFolder) => folders.has(parentId) || tops.some(({ id }) => id === parentId);
  const below = [...folders.values()].map((folder) => (isInside(folder) ? folder : { ...folder, parentId: rootId }));
  return [...tops, ...below];
}

/** The record of a folder; its tag changes with name, place and kind, not with what lies in it. A saved search is known by what it looks for. */
export function folderRecord(folder: MailFolder, wellKnownName?: string): SourceRecord {
  const properties = {
    ...folder.search,
    isHidden: folder.isHidden,
    ...(wellKnownName === undefined ? {} : { wellKnownName }),
  };
  return {
    kind: folder.search ? 'search-folder' : 'mail-folder',
    ...(folder.parentId === undefined ? {} : { parentId: folder.parentId }),
    name: folder.name,
    bytes: 0,
    changeTag: createHash('sha256')
      .update(JSON.stringify([folder.parentId ?? null, folder.name, properties]))
      .digest('base64url'),
    properties,
  };
}

/** One folder by id. */
export async function getMailFolder(
  client: GraphClient,
  userId: string,
  id: string,
  signal?: AbortSignal,
): Promise<MailFolder> {
  const path = `${mailboxPath(userId)}/mailFolders/${encodeURIComponent(id)}`;
  return folderOf(parseAnswer(folderSchema, await client.json({ path, demand: outlookDemand(userId) }, signal)));
}

/** The folder in its place and under its name. Repeats are harmless. [Graph documentation: api/mailfolder-move.md, api/mailfolder-update.md] */
export async function placeMailFolder(
  client: GraphClient,
  userId: string,
  { id, from, to }: FolderPlacing,
  signal: AbortSignal,
): Promise<void> {
  const path = `${mailboxPath(userId)}/mailFolders/${encodeURIComponent(id)}`;
  const demand = outlookDemand(userId);
  if (from.parentId !== to.parentId) {
    const json = { destinationId: to.parentId };
    await client.json({ method: 'POST', path: `${path}/move`, demand, json, isRepeatable: true }, signal);
  }
  const json = { ...(from.name === to.name ? {} : { displayName: to.name }), ...to.more };
  if (Object.keys(json).length > 0) await client.json({ method: 'PATCH', path, demand, json }, signal);
}

export interface FolderPlacing {
  readonly id: string;
  readonly from: { readonly parentId?: string; readonly name: string };
  /** `more`: other fields that it gets. */
  readonly to: { readonly parentId: string; readonly name: string; readonly more?: Readonly<Record<string, unknown>> };
}

/** A folder as Graph shows it. */
export function parseFolder(answer: unknown): MailFolder {
  return folderOf(parseAnswer(folderSchema, answer));
}

/** The documentation shows no listing with a search folder's own fields: where they are missing, the folder is asked for. */
async function readFolder(
  client: GraphClient,
  userId: string,
  raw: RawFolder,
  signal: AbortSignal | undefined,
): Promise<MailFolder> {
  const isWhole = raw['@odata.type'] !== SEARCH_TYPE || (raw.sourceFolderIds != null && raw.filterQuery != null);
  return isWhole || raw.isSupported === false ? folderOf(raw) : getMailFolder(client, userId, raw.id, signal);
}

type RawFolder = z.infer<typeof folderSchema>;

function folderOf(raw: RawFolder): MailFolder {
  return {
    id: raw.id,
    name: raw.displayName ?? '',
    parentId: raw.parentFolderId ?? undefined,
    items: raw.totalItemCount ?? 0,
    subfolders: raw.childFolderCount ?? undefined,
    isHidden: raw.isHidden ?? false,
    search: raw['@odata.type'] === SEARCH_TYPE ? searchCriteria(raw) : undefined,
  };
}
