import { deltaRound, type GraphClient, type GraphRequest, parseAnswer } from '@holdfast/graph';
import { isAppError } from '@holdfast/kernel';
import type { ItemRecord } from '@holdfast/vault';
import { CONTENTS_AT_ONCE } from '../contents-at-once.js';
import { counted } from '../counted.js';
import { AFRESH } from '../list-afresh.js';
import type {
  ContentRead,
  Cursor,
  Presence,
  SourceChange,
  SourceCount,
  SourceRecord,
  WorkloadReader,
} from '../reader.port.js';
import { subfolderCounts } from './folder-counts.js';
import {
  folderRecord,
  getMailFolder,
  listMailFolders,
  listOutlookSearches,
  type MailFolder,
  underRoot,
} from './mail-folders.js';
import { hasSameContent, messageRecord } from './message-record.js';
import { deltaEntrySchema, MESSAGE_QUERY, messageSchema } from './message-schema.js';
import { mailboxPath, outlookDemand } from './outlook-demand.js';
import { Base64Watch } from './mime/base64-watch.js';
import { ATTACHMENTS_EXTRA } from './kept-attachments.js';
import { readAttachments } from './read-attachments.js';
import { readMime } from './read-mime.js';
import {
  findWellKnownFolders,
  idOfWellKnown,
  keepWellKnown,
  keptWellKnown,
  ROOT_NAME,
  SEARCH_ROOT_NAME,
  type WellKnownFolders,
} from './well-known-folders.js';

/** Messages per page: large enough that pages cost 2 % of the messages' requests, small enough that fifty tasks hold little. */
const PAGE = 50;
/** Times that a folder is listed from its start before its loss is an error. */
const RESTARTS = 4;
/** Place in the cursor of what is remembered beside the folders' own links. */
const WELL_KNOWN_KEY = 'well-known';
/** Stands in the cursor for a folder without messages of its own, which is compared whole in each run and has no link. */
const SEARCH_FOLDER = 'search';

/** Reads one mailbox by the change tracking of its folders. Scopes are folder ids. */
export class MailReader implements WorkloadReader {
  readonly contentConcurrency = CONTENTS_AT_ONCE.mail;
  readonly #path: string;
  /** Folders that were listed. */
  readonly #known = new Set<string>();
  /** The folder above the saved searches, which the snapshot lists beside the top's own folders. */
  #searchRootId: string | undefined;
  /** Whether folders came or went since the snapshot: then their number is asked for, too. */
  #hasOtherFolders = false;
  /** Messages whose MIME was found damaged while it was read; asked for and forgotten right after. */
  readonly #damaged = new Set<string>();

  constructor(
    private readonly client: GraphClient,
    private readonly userId: string,
  ) {
    this.#path = mailboxPath(userId);
  }

  enumerate(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<SourceChange> {
    return counted(this.#enumerate(cursor, signal));
  }

  sameContent(stored: ItemRecord, next: SourceRecord): boolean {
    return hasSameContent(stored, next);
  }

  async *readContent(id: string, record: SourceRecord, signal: AbortSignal): AsyncGenerator<Uint8Array, ContentRead> {
    const path = `${this.#messagePath(id)}/$value`;
    const mime = readMime(this.client, { path, demand: this.#demand, headers: { accept: 'text/plain' } }, signal);
    const watch = record.properties['hasAttachments'] === true ? new Base64Watch() : undefined;
    let bytes = 0;
    for await (const piece of mime) {
      bytes += piece.byteLength;
      watch?.update(piece);
      yield piece;
    }
    if (watch?.isDamaged() === true) this.#damaged.add(id);
    return { bytes };
  }

  /** The attachments as the mailbox has them, where the MIME that it made of them is not whole. */
  async readExtras(
    id: string,
    _record: SourceRecord,
    signal: AbortSignal,
  ): Promise<Record<string, AsyncIterable<Uint8Array>>> {
    if (!this.#damaged.delete(id)) return {};
    return {
      [ATTACHMENTS_EXTRA]: readAttachments(this.client, { path: this.#messagePath(id), demand: this.#demand }, signal),
    };
  }

  /** A damaged message is an error that is told in each run: it may be mended. */
  skipCause(): undefined {
    return undefined;
  }

  async counts(signal: AbortSignal): Promise<readonly SourceCount[]> {
    const listed = await this.#list(signal);
    const messages = listed
      .filter((folder) => !folder.search)
      .map(({ id, items }) => ({ parentId: id, items, of: 'messages' as const }));
    return this.#hasOtherFolders ? [...messages, ...(await this.#subfolders(listed, signal))] : messages;
  }

  async isThere(signal: AbortSignal): Promise<boolean> {
    try {
      await this.client.json({ path: `${this.#path}/mailFolders/inbox?$select=id`, demand: this.#demand }, signal);
      return true;
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return false;
      throw error;
    }
  }

  async lookUp(id: string, signal: AbortSignal): Promise<Presence> {
    try {
      const path = `${this.#messagePath(id)}?${MESSAGE_QUERY}`;
      const answer = await this.client.json({ path, demand: this.#demand }, signal);
      const record = messageRecord(parseAnswer(messageSchema, answer));
      return (await this.#isInside(record.parentId, signal)) ? { present: true, record } : { present: false };
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return { present: false };
      throw error;
    }
  }

  /** In the listing of all folders: one that is not under the root is no part of the mailbox that its owner sees. */
  async lookUpFolder(id: string, signal: AbortSignal): Promise<Presence> {
    const listed = await this.#list(signal);
    const wellKnown = await findWellKnownFolders(this.client, this.userId, signal);
    const folder = underRoot(listed, wellKnown).find((one) => one.id === id);
    return folder ? { present: true, record: folderRecord(folder, wellKnown.get(id)) } : { present: false };
  }

  async *#enumerate(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<SourceChange> {
    const listed = [...(await this.#list(signal)), ...(await listOutlookSearches(this.client, this.userId, signal))];
    const wellKnown = await this.#wellKnown(cursor, listed, signal);
    const folders = underRoot(listed, wellKnown);
    this.#searchRootId = idOfWellKnown(wellKnown, SEARCH_ROOT_NAME);
    for (const { id } of folders) this.#known.add(id);
    const next = new Map(Object.entries(cursor ?? {})).set(WELL_KNOWN_KEY, keepWellKnown(wellKnown));
    this.#hasOtherFolders ||= hasOtherFolders(next, folders);
    yield* foldersGone(next, folders);
    const holdsMessages = ({ id, search }: MailFolder) => !search && wellKnown.get(id) !== SEARCH_ROOT_NAME;
    for (const folder of folders) {
      // Known from here on, so that one that goes before it is read is told of as gone.
      if (!holdsMessages(folder)) next.set(folder.id, SEARCH_FOLDER);
      else if (!next.has(folder.id)) next.set(folder.id, AFRESH);
      yield { type: 'item', id: folder.id, record: folderRecord(folder, wellKnown.get(folder.id)) };
    }
    for (const folder of folders) {
      if (!holdsMessages(folder)) continue;
      yield* this.#folder(folder.id, next, signal);
      yield { type: 'cursor', cursor: Object.fromEntries(next) };
    }
  }

  /** Of the listing under its root, which has a count of its own. The folder above the saved searches stands there too, counted nowhere. */
  async #subfolders(listed: readonly MailFolder[], signal: AbortSignal): Promise<readonly SourceCount[]> {
    const root = { ...(await getMailFolder(this.client, this.userId, ROOT_NAME, signal)), parentId: undefined };
    const inside = underRoot(listed, new Map([[root.id, ROOT_NAME]])).filter(({ id }) => id !== root.id);
    const isListed = this.#searchRootId === undefined || inside.some(({ id }) => id === this.#searchRootId);
    return subfolderCounts([root, ...inside]).map((count) =>
      count.parentId === root.id && !isListed ? { ...count, items: count.items + 1 } : count,
    );
  }

  async #list(signal: AbortSignal): Promise<readonly MailFolder[]> {
    const folders = await listMailFolders(this.client, this.userId, signal);
    for (const { id } of folders) this.#known.add(id);
    return folders;
  }

  /** What was deleted for good lies on among the recoverable items, which are no part of the mailbox that its owner sees. */
  async #isInside(folderId: string | undefined, signal: AbortSignal): Promise<boolean> {
    if (folderId === undefined) return false;
    if (!this.#known.has(folderId)) await this.#list(signal);
    return this.#known.has(folderId);
  }

  #messagePath(id: string): string {
    return `${this.#path}/messages/${encodeURIComponent(id)}`;
  }

  get #demand() {
    return outlookDemand(this.userId);
  }

  /** Remembered, and asked again only when a folder is there that the cursor does not know: it may be one of them. */
  async #wellKnown(
    cursor: Cursor | undefined,
    folders: readonly MailFolder[],
    signal: AbortSignal,
  ): Promise<WellKnownFolders> {
    const kept = keptWellKnown(cursor?.[WELL_KNOWN_KEY]);
    const isAllKnown = folders.every((folder) => folder.search || cursor?.[folder.id] !== undefined);
    return kept !== undefined && isAllKnown ? kept : findWellKnownFolders(this.client, this.userId, signal);
  }

  /** One folder's round, from its link or from the start; the new link goes into `next`. */
  async *#folder(folderId: string, next: Map<string, string>, signal: AbortSignal): AsyncGenerator<SourceChange> {
    const link = linkOf(next, folderId);
    try {
      if (link !== undefined) {
        yield* this.#round(folderId, link, next, signal);
        return;
      }
    } catch (error) {
      if (!isAppError(error, 'CURSOR_LOST')) throw error;
    }
    // Without its link in the cursor, a restart that is cut short starts again instead of passing for a finished one.
    if (link !== undefined) yield { type: 'cursor', cursor: Object.fromEntries(next.set(folderId, AFRESH)) };
    const start = `${this.#path}/mailFolders/${encodeURIComponent(folderId)}/messages/delta?${MESSAGE_QUERY}`;
    for (let tried = 1; ; tried += 1) {
      yield { type: 'scope-restarted', scope: folderId };
      try {
        yield* this.#round(folderId, start, next, signal);
        return;
      } catch (error) {
        // The service may forget where we are while it lists afresh, too.
        if (!isAppError(error, 'CURSOR_LOST') || tried === RESTARTS) throw error;
      }
    }
  }

  async *#round(
    folderId: string,
    path: string,
    next: Map<string, string>,
    signal: AbortSignal,
  ): AsyncGenerator<SourceChange> {
    const request: GraphRequest = { path, demand: this.#demand, prefer: [`odata.maxpagesize=${PAGE}`] };
    let isQuiet = true;
    for await (const page of deltaRound(this.client, request, signal)) {
      if (page.items.length > 0) isQuiet = false;
      for (const entry of page.items) {
        const change = await this.#change(entry, folderId, signal);
        if (change !== undefined) yield change;
      }
      // Of a folder in which nothing happened the link before is as good, and an unchanged cursor writes nothing.
      if (page.deltaLink !== undefined && !(isQuiet && linkOf(next, folderId) !== undefined))
        next.set(folderId, page.deltaLink);
    }
    yield { type: 'scope-complete', scope: folderId };
  }

  /** Undefined for what was told of in part and cannot be had: its removal, or itself, follows in a later round. */
  async #change(entry: unknown, folderId: string, signal: AbortSignal): Promise<SourceChange | undefined> {
    const { id, '@removed': removed } = parseAnswer(deltaEntrySchema, entry);
    if (removed !== undefined) return { type: 'removed', id, fromParentId: folderId };
    const whole = messageSchema.safeParse(entry);
    if (whole.success) return { type: 'item', id, record: messageRecord(whole.data) };
    try {
      const presence = await this.lookUp(id, signal);
      return presence.present ? { type: 'item', id, record: presence.record } : undefined;
    } catch (error) {
      signal.throwIfAborted();
      return { type: 'unreadable', id, kind: 'message', parentId: folderId, error };
    }
  }
}

function linkOf(cursor: ReadonlyMap<string, string>, folderId: string): string | undefined {
  const link = cursor.get(folderId);
  return link === AFRESH ? undefined : link;
}

function hasOtherFolders(known: ReadonlyMap<string, string>, folders: readonly MailFolder[]): boolean {
  // The cursor holds one thing beside the folders.
  return folders.length !== known.size - 1 || folders.some(({ id }) => !known.has(id));
}

/** Folders that the cursor knows and the listing lacks are gone, and with them what lay in them. */
function* foldersGone(next: Map<string, string>, folders: readonly MailFolder[]): Generator<SourceChange> {
  const here = new Set(folders.map((folder) => folder.id));
  for (const id of [...next.keys()].filter((key) => key !== WELL_KNOWN_KEY && !here.has(key))) {
    next.delete(id);
    yield { type: 'removed', id };
    yield { type: 'scope-gone', scope: id };
  }
}
