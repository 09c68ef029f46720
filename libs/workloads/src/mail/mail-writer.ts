import { entries, type GraphClient, type GraphRequest, isAnswerLost, parseAnswer } from '@holdfast/graph';
import { isAppError } from '@holdfast/kernel';
import type { ItemKind } from '@holdfast/vault';
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { FolderStep, LiveItem, NamedPlace, RestoreItem, WorkloadWriter } from '../writer.port.js';
import { collect } from './collect.js';
import { LINKS } from './fidelity.js';
import { messageJson, stateJson } from './message-json.js';
import { MailReader } from './mail-reader.js';
import { BODY_EXTRA, hasAttachmentsAlike, messageRecord } from './message-record.js';
import { MESSAGE_QUERY, messageSchema } from './message-schema.js';
import { ORIGIN_PROPERTY, originValue } from './origin-property.js';
import { mailboxPath, outlookDemand } from './outlook-demand.js';
import { addAttachment, attachmentsToRestore, type OutgoingAttachment } from './restore-attachments.js';
import { SearchFolders } from './search-folders.js';
import { TargetFolders } from './target-folders.js';

/** Attachments up to this many bytes in all go along with the message in one request, which has to stay under 4 MB. */
const TOGETHER_BYTES = 2_500_000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const TRIES = 3;
/** Stands behind the origin of a message whose attachments have not all arrived. */
const UNFINISHED = '+';

/** Writes messages and saved searches into one mailbox. Creating one sends nothing: it lies in its folder as if it had been delivered then. */
export class MailWriter implements WorkloadWriter {
  readonly #folders: TargetFolders;
  readonly #searches: SearchFolders;
  readonly #reader: MailReader;
  readonly #path: string;
  readonly #attachments = new WeakMap<RestoreItem, Promise<readonly OutgoingAttachment[]>>();
  #written = 0;

  constructor(
    private readonly client: GraphClient,
    private readonly userId: string,
  ) {
    this.#folders = new TargetFolders(client, userId);
    this.#searches = new SearchFolders(client, userId);
    this.#reader = new MailReader(client, userId);
    this.#path = mailboxPath(userId);
  }

  ensureFolder(way: readonly FolderStep[], signal: AbortSignal): Promise<string> {
    return this.#folders.ensure(way, signal);
  }

  findFolder(way: readonly FolderStep[], signal: AbortSignal): Promise<string | undefined> {
    return this.#folders.find(way, signal);
  }

  async findRestored(item: RestoreItem, signal: AbortSignal): Promise<LiveItem | undefined> {
    if (isSearch(item)) return this.#searches.findRestored(item, signal);
    if (isFolder(item)) return undefined;
    const origin = originOf(item);
    await this.#removeUnfinished(item.folderId, origin, signal);
    return this.findCopy(item, signal);
  }

  async #removeUnfinished(folderId: string, origin: string, signal: AbortSignal): Promise<void> {
    for (const unfinished of await this.#findByOrigin(folderId, origin + UNFINISHED, signal))
      await this.remove(unfinished, signal);
  }

  async findCopy(item: RestoreItem, signal: AbortSignal): Promise<LiveItem | undefined> {
    if (isSearch(item) || isFolder(item)) return undefined;
    const [found] = await this.#findByOrigin(item.folderId, originOf(item), signal);
    return found;
  }

  async findById(id: string, kind: ItemKind, signal: AbortSignal): Promise<LiveItem | undefined> {
    if (kind === 'search-folder') return this.#searches.findById(id, signal);
    if (kind === 'mail-folder') return this.#folders.findById(id, signal);
    try {
      const path = `${this.#messagePath(id)}?${MESSAGE_QUERY}`;
      return liveItem(await this.#call({ path }, signal));
    } catch (error) {
      if (isAppError(error, 'GRAPH_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** Messages have no names. */
  async findByName({ kind, folderId, name }: NamedPlace, signal: AbortSignal): Promise<LiveItem | undefined> {
    return kind === 'search-folder' ? this.#searches.findByName(folderId, name, signal) : undefined;
  }

  /**
   * Whatever happens to a draft moves its tag, a move to another folder and back, too; so its MIME decides. One that Exchange writes
   * otherwise than before counts as changed.
   */
  async hasContentOf(live: LiveItem, { record }: RestoreItem, signal: AbortSignal): Promise<boolean> {
    // A folder has none of its own.
    if (record.kind === 'mail-folder') return true;
    const isSaid = record.contentTag !== undefined && live.record.contentTag === record.contentTag;
    if (isSaid && hasAttachmentsAlike(live.record, record)) return true;
    const areDrafts = record.properties['isDraft'] === true && live.record.properties['isDraft'] === true;
    if (!areDrafts || record.content === undefined) return false;
    const hash = createHash('sha256');
    for await (const piece of this.#reader.readContent(live.id, live.record, signal)) hash.update(piece);
    return hash.digest().equals(record.content.sha256);
  }

  get written(): number {
    return this.#written;
  }

  async create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const made = await this.#create(item, signal);
    this.#written += 1;
    return made;
  }

  async #create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (isSearch(item)) return this.#searches.create(item, signal);
    const body = item.extra(BODY_EXTRA);
    const text = body === undefined ? Buffer.alloc(0) : await collect(body, MAX_BODY_BYTES);
    const attachments = await this.#attachmentsOf(item);
    const bytes = attachments.reduce((sum, attachment) => sum + attachment.bytes, text.length);
    const isTogether = bytes <= TOGETHER_BYTES;
    const origin = originOf(item) + (isTogether ? '' : UNFINISHED);
    const json = messageJson(item.record, text, { id: ORIGIN_PROPERTY, value: origin });
    if (isTogether && attachments.length > 0)
      json['attachments'] = await Promise.all(attachments.map((attachment) => attachment.json()));
    // What an earlier restore of it, which nobody takes up any more, had not finished.
    if (!isTogether) await this.#removeUnfinished(item.folderId, originOf(item), signal);
    const made = await this.#post(item.folderId, json, origin, signal);
    if (isTogether) return { id: made.id, record: { ...made.record, origin: item.itemId } };
    await this.#finish(made.id, item, attachments, signal);
    return (await this.findById(made.id, 'message', signal)) ?? made;
  }

  async overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    const made = await this.#overwrite(live, item, signal);
    this.#written += 1;
    return made;
  }

  /** The same content keeps the message and gets its old state and place; other content is made anew beside, then the live one goes. */
  async #overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem> {
    if (isSearch(item)) return this.#searches.overwrite(live, item, signal);
    if (isFolder(item)) return this.#folders.putBack(live, item, signal);
    if (!(await this.hasContentOf(live, item, signal))) {
      const created = await this.#create(item, signal);
      await this.remove(live, signal);
      return created;
    }
    await this.#setState(live, item, signal);
    if (live.record.parentId !== item.folderId) {
      const json = { destinationId: item.folderId };
      await this.#call(
        { method: 'POST', path: `${this.#messagePath(live.id)}/move`, json, isRepeatable: true },
        signal,
      );
    }
    const { id, record } = (await this.findById(live.id, 'message', signal)) ?? live;
    const { contentTag } = item.record;
    return { id, record: { ...record, ...(contentTag !== undefined && { contentTag }) } };
  }

  /**
   * A message that has attachments in sight and none of them in its MIME had links to files in the cloud. Beside a file a link leaves no
   * trace: Graph tells of it only by a request for each message. [docs/decisions/0014-links-and-lost-attachments.md]
   */
  async lossesOf(item: RestoreItem): Promise<readonly string[]> {
    if (item.record.kind !== 'message' || item.record.properties['hasAttachments'] !== true) return [];
    const attachments = await this.#attachmentsOf(item);
    return attachments.every(({ isInline }) => isInline) ? [LINKS] : [];
  }

  /** Deleting alone would leave it in sight in Deleted Items; in Recoverable Items its owner can still get at it. */
  async remove(live: LiveItem, signal: AbortSignal): Promise<void> {
    if (isSearch(live)) return this.#searches.remove(live, signal);
    await this.#unlessDone(live, this.#delete(live.id, ifMatch(live), signal), signal, isElsewhere);
    const json = { destinationId: 'recoverableitemsdeletions' };
    const path = `${this.#messagePath(live.id)}/move`;
    try {
      await this.#call({ method: 'POST', path, json, isRepeatable: true }, signal);
    } catch (error) {
      if (!isAppError(error, 'GRAPH_NOT_FOUND')) throw error;
    }
  }

  /** Found once for each item that is restored. */
  #attachmentsOf(item: RestoreItem): Promise<readonly OutgoingAttachment[]> {
    const known = this.#attachments.get(item);
    if (known) return known;
    const found = attachmentsToRestore(item);
    this.#attachments.set(item, found);
    return found;
  }

  async #setState(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<void> {
    const json = stateJson(item.record);
    if (isDeepStrictEqual(stateJson(live.record), json)) return;
    const request = { method: 'PATCH', path: this.#messagePath(live.id), headers: ifMatch(live), json } as const;
    const isSet = (now: LiveItem) => isDeepStrictEqual(stateJson(now.record), json);
    await this.#unlessDone(live, this.#call(request, signal), signal, isSet);
  }

  /** A conditional write whose answer was lost is refused when it is repeated: the first try had done it then. */
  async #unlessDone(
    live: LiveItem,
    write: Promise<unknown>,
    signal: AbortSignal,
    isDone: (now: LiveItem, live: LiveItem) => boolean,
  ): Promise<void> {
    try {
      await write;
    } catch (error) {
      const now = isAppError(error, 'CONFLICT') ? await this.findById(live.id, live.record.kind, signal) : undefined;
      if (!now || !isDone(now, live)) throw error;
    }
  }

  /** The message made; when the answer was lost, the one that is found by its origin. */
  async #post(folderId: string, json: Record<string, unknown>, origin: string, signal: AbortSignal): Promise<LiveItem> {
    const path = `${this.#path}/mailFolders/${encodeURIComponent(folderId)}/messages`;
    for (let tried = 1; ; tried += 1) {
      try {
        return liveItem(await this.#call({ method: 'POST', path, json }, signal));
      } catch (error) {
        if (!isAnswerLost(error) || tried === TRIES) throw error;
        const [made] = await this.#findByOrigin(folderId, origin, signal);
        if (made !== undefined) return made;
      }
    }
  }

  async #finish(
    id: string,
    item: RestoreItem,
    attachments: readonly OutgoingAttachment[],
    signal: AbortSignal,
  ): Promise<void> {
    const place = { userId: this.userId, messagePath: this.#messagePath(id) };
    for (const attachment of attachments) await addAttachment(this.client, place, attachment, signal);
    const json = { singleValueExtendedProperties: [{ id: ORIGIN_PROPERTY, value: originOf(item) }] };
    await this.#call({ method: 'PATCH', path: this.#messagePath(id), json }, signal);
  }

  async #findByOrigin(folderId: string, origin: string, signal: AbortSignal): Promise<readonly LiveItem[]> {
    const test = `singleValueExtendedProperties/Any(ep: ep/id eq '${ORIGIN_PROPERTY}' and ep/value eq '${origin.replaceAll("'", "''")}')`;
    const query = `$filter=${encodeURIComponent(test)}&${MESSAGE_QUERY}`;
    const path = `${this.#path}/mailFolders/${encodeURIComponent(folderId)}/messages?${query}`;
    return Array.fromAsync(entries(this.client, { path, demand: outlookDemand(this.userId) }, signal), liveItem);
  }

  async #delete(id: string, headers: Record<string, string> | undefined, signal: AbortSignal): Promise<void> {
    try {
      await this.#call({ method: 'DELETE', path: this.#messagePath(id), headers: headers ?? {} }, signal);
    } catch (error) {
      if (!isAppError(error, 'GRAPH_NOT_FOUND')) throw error;
    }
  }

  #messagePath(id: string): string {
    return `${this.#path}/messages/${encodeURIComponent(id)}`;
  }

  #call(request: Omit<GraphRequest, 'demand'>, signal: AbortSignal): Promise<unknown> {
    return this.client.json({ ...request, demand: outlookDemand(this.userId) }, signal);
  }
}

function isSearch({ record }: RestoreItem | LiveItem): boolean {
  return record.kind === 'search-folder';
}

function isFolder({ record }: RestoreItem): boolean {
  return record.kind === 'mail-folder';
}

function liveItem(answer: unknown): LiveItem {
  const message = parseAnswer(messageSchema, answer);
  return { id: message.id, record: messageRecord(message) };
}

function isElsewhere({ record: now }: LiveItem, { record: before }: LiveItem): boolean {
  return now.parentId !== before.parentId;
}

function originOf({ vault, itemId, record }: RestoreItem): string {
  return originValue({ vault, itemId, state: record.changeTag ?? '' });
}

function ifMatch({ record }: LiveItem): Record<string, string> {
  return record.changeTag === undefined ? {} : { 'if-match': `W/"${record.changeTag}"` };
}
