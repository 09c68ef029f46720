import { createHash } from 'node:crypto';
import { deltaRound, type GraphClient, parseAnswer } from '@holdfast/graph';
import { z } from 'zod';
import type { SourceRecord } from '../reader.port.js';
import { mailboxPath, outlookDemand } from './outlook-demand.js';
import { ROOT_NAME, type WellKnownFolders } from './well-known-folders.js';

const folderSchema = z.object({
  '@odata.type': z.string().optional(),
  '@removed': z.unknown().optional(),
  id: z.string().min(1),
  displayName: z.string().nullish(),
  parentFolderId: z.string().nullish(),
  totalItemCount: z.number().nullish(),
  isHidden: z.boolean().nullish(),
});

/** A folder of a mailbox. */
export interface MailFolder {
  readonly id: string;
  readonly name: string;
  /** The id of a folder that may be outside the listing (the root). */
  readonly parentId: string | undefined;
  /** Items of every class, as the service counts them. */
  readonly items: number;
  readonly isHidden: boolean;
  /** A saved search: it shows messages of other folders and holds none. */
  readonly isSearch: boolean;
}

/** Hidden folders hold mail too. [Graph documentation: api/user-list-mailfolders.md] */
const SELECT = 'includeHiddenFolders=true&$select=id,displayName,parentFolderId,totalItemCount,isHidden';
const PAGE = 250;

/** Every folder of the mailbox at any depth: the flat listing that folder tracking begins with, a request per {@link PAGE} folders. */
export async function listMailFolders(
  client: GraphClient,
  userId: string,
  signal?: AbortSignal,
): Promise<readonly MailFolder[]> {
  const folders = new Map<string, MailFolder>();
  const request = {
    path: `${mailboxPath(userId)}/mailFolders/delta?${SELECT}`,
    demand: outlookDemand(userId),
    prefer: [`odata.maxpagesize=${PAGE}`],
  };
  for await (const page of deltaRound(client, request, signal)) {
    for (const entry of page.items) {
      const raw = parseAnswer(folderSchema, entry);
      if (raw['@removed'] !== undefined) folders.delete(raw.id);
      else folders.set(raw.id, folderOf(raw));
    }
  }
  return [...folders.values()];
}

/** The listing with its root, which Graph leaves out although folders name it as their parent and messages may lie in it. */
export function underRoot(listed: readonly MailFolder[], wellKnown: WellKnownFolders): readonly MailFolder[] {
  const ids = new Set(listed.map((folder) => folder.id));
  const rootId = [...wellKnown].find(([, name]) => name === ROOT_NAME)?.[0];
  if (rootId === undefined || ids.has(rootId)) return listed;
  const isInside = ({ parentId }: MailFolder) => parentId !== undefined && ids.has(parentId);
  const root = { id: rootId, name: '', parentId: undefined, items: 0, isHidden: false, isSearch: false };
  return [root, ...listed.map((folder) => (isInside(folder) ? folder : { ...folder, parentId: rootId }))];
}

/** The record of a folder; its tag changes with name, place and kind, not with what lies in it. */
export function folderRecord(folder: MailFolder, wellKnownName: string | undefined): SourceRecord {
  const properties = {
    isHidden: folder.isHidden,
    ...(wellKnownName === undefined ? {} : { wellKnownName }),
  };
  return {
    kind: 'mail-folder',
    ...(folder.parentId === undefined ? {} : { parentId: folder.parentId }),
    name: folder.name,
    bytes: 0,
    changeTag: createHash('sha256')
      .update(JSON.stringify([folder.parentId ?? null, folder.name, properties]))
      .digest('base64url'),
    properties,
  };
}

function folderOf(raw: z.infer<typeof folderSchema>): MailFolder {
  return {
    id: raw.id,
    name: raw.displayName ?? '',
    parentId: raw.parentFolderId ?? undefined,
    items: raw.totalItemCount ?? 0,
    isHidden: raw.isHidden ?? false,
    isSearch: raw['@odata.type'] === '#microsoft.graph.mailSearchFolder',
  };
}
