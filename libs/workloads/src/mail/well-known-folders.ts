import { type GraphClient, parseAnswer, readBatch } from '@holdfast/graph';
import { z } from 'zod';
import { mailboxPath, outlookDemand } from './outlook-demand.js';

/** Folders that are the same in every mailbox whatever their name in its language. [Graph documentation: resources/mailfolder.md] */
const WELL_KNOWN = [
  'msgfolderroot',
  'inbox',
  'drafts',
  'sentitems',
  'deleteditems',
  'junkemail',
  'archive',
  'outbox',
  'clutter',
  'conversationhistory',
  'conflicts',
  'localfailures',
  'serverfailures',
  'syncissues',
  'scheduled',
  'searchfolders',
] as const;
/** The folder above all that a user sees. It is in no listing. */
export const ROOT_NAME = 'msgfolderroot';
/** The folder above the saved searches that Outlook shows. It stands beside the top, holds no messages and is in no listing. */
export const SEARCH_ROOT_NAME = 'searchfolders';

/** Well-known names by folder id. */
export type WellKnownFolders = ReadonlyMap<string, string>;

export function idOfWellKnown(folders: WellKnownFolders, name: string): string | undefined {
  return [...folders].find((entry) => entry[1] === name)?.[0];
}

const folderSchema = z.object({ id: z.string().min(1) });

/** Asks which folders are the well-known ones: v1.0 does not show it in listings. One round trip, a request for each name. */
export async function findWellKnownFolders(
  client: GraphClient,
  userId: string,
  signal?: AbortSignal,
): Promise<WellKnownFolders> {
  const members = WELL_KNOWN.map((name) => ({ path: `${mailboxPath(userId)}/mailFolders/${name}?$select=id` }));
  const results = await readBatch(client, { members, demand: outlookDemand(userId, members.length) }, signal);
  const found = new Map<string, string>();
  for (const [index, name] of WELL_KNOWN.entries()) {
    const result = results[index];
    if (result !== undefined && 'value' in result) found.set(parseAnswer(folderSchema, result.value).id, name);
    else if (result?.failure.code !== 'GRAPH_NOT_FOUND') throw result?.failure ?? new Error('unreachable');
  }
  return found;
}

const keptSchema = z.array(z.tuple([z.string(), z.string()]));

/** Folder ids never change, so the answer is kept in the cursor. */
export function keepWellKnown(folders: WellKnownFolders): string {
  return JSON.stringify([...folders]);
}

/** What {@link keepWellKnown} wrote; undefined when it is not there or not readable. */
export function keptWellKnown(text: string | undefined): WellKnownFolders | undefined {
  if (text === undefined) return undefined;
  try {
    return new Map(keptSchema.parse(JSON.parse(text)));
  } catch {
    return undefined;
  }
}
