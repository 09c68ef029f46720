import { type AppError, isAppError, type Clock } from '@holdfast/kernel';
import type { ItemKind, ItemRecord, OwedItem, SnapshotDraft, Word, Words } from '@holdfast/vault';
import {
  WHOLE_SCOPE,
  type Cursor,
  type Presence,
  type SourceChange,
  type SourceRecord,
  type WorkloadReader,
} from '@holdfast/workloads';
import { isDeepStrictEqual } from 'node:util';
import { CursorTracker } from '../domain/cursor-tracker.js';
import { isFatal } from '../domain/fatal-failure.js';
import type { ContentWriter } from './content-writer.js';

/** Changes looked up in the parent snapshot together. */
const BATCH = 100;
/** Items of one resource that are read or on their way into the vault: enough to fill its batches while Microsoft allows few reads. */
const MAX_OPEN = 32;
/** Removals that wait for the item to turn up elsewhere; beyond this the oldest are asked for. */
const MAX_REMOVALS = 50_000;
/** Items that failed one after the other: by then it is not the items. */
const MAX_FAILURES_IN_A_ROW = 25;
/** Times that an item which changes while it is read is read again. */
const MAX_REREADS = 3;

const FOLDERS: ReadonlySet<ItemKind> = new Set<ItemKind>(['mail-folder', 'drive-folder', 'drive-root', 'package']);
const GONE: Presence = { present: false };

export interface ReadingOptions {
  readonly reader: WorkloadReader;
  readonly draft: SnapshotDraft;
  /** Every word that is told to the draft, before it is. */
  readonly words: Words;
  readonly contents: ContentWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when an item is stored, unchanged, left out or owed. */
  readonly onItem: () => void;
  /** Called again and again while the draft is at rest; may make a checkpoint up to the cursor it is given. */
  readonly onPause: (safe: Cursor | undefined) => Promise<void>;
  readonly onUnexpected: (itemId: string, error: unknown) => void;
}

/**
 * Takes a reader's changes into a snapshot draft. Every item that the reader tells of ends stored, unchanged, left out, vanished
 * with proof, or owed; the cursor passes none before it has.
 */
export class ResourceReading {
  readonly #tracker = new CursorTracker<Cursor>();
  readonly #open = new Map<string, Promise<void>>();
  /** Contents that Microsoft is still sending. */
  readonly #arriving = new Set<Promise<void>>();
  /** Ids that were removed, each with the folders it left in this run. */
  readonly #removals = new Map<string, Removal>();
  readonly #restarted = new Set<string>();
  /** Listed in this run and not read: owed, and surely there. */
  readonly #listedAndOwed = new Set<string>();
  #fatal: { readonly error: unknown } | undefined;
  #failuresInARow = 0;
  #from: Cursor | undefined;

  constructor(private readonly options: ReadingOptions) {}

  /** Reads what is owed, then all changes since `cursor`; answers the cursor that covers everything read. */
  async run(cursor: Cursor | undefined): Promise<Cursor> {
    this.#from = cursor;
    await this.#readOwed();
    let batch: ItemChange[] = [];
    for await (const change of this.options.reader.enumerate(cursor, this.options.signal)) {
      if (change.type === 'item' || change.type === 'skipped') {
        if (batch.push(change) < BATCH) continue;
        await this.#items(batch);
        batch = [];
        continue;
      }
      await this.#items(batch);
      batch = [];
      await this.#take(change);
    }
    await this.#items(batch);
    await this.#settle();
    await this.#resolveRemovals();
    await this.#settle();
    return this.#tracker.safe ?? cursor ?? {};
  }

  async #take(change: Exclude<SourceChange, ItemChange>): Promise<void> {
    switch (change.type) {
      case 'unreadable':
        this.#removals.delete(change.id);
        await this.#owe(change.id, change, change.error);
        this.#listedAndOwed.add(change.id);
        return;
      case 'removed':
        return this.#removed(change.id, change.fromParentId);
      case 'scope-restarted':
        this.#restarted.add(change.scope);
        return;
      case 'scope-complete':
        if (this.#restarted.delete(change.scope)) await this.#removeUnlisted(change.scope);
        return;
      case 'scope-gone':
        await this.#removeBelow(change.scope);
        return;
      case 'cursor':
        this.#tracker.reached(change.cursor);
        await this.#pause();
        return;
    }
  }

  /** What a fresh listing lacks left its scope; each is asked for before it counts as vanished. */
  async #removeUnlisted(scope: string): Promise<void> {
    await this.#settle();
    const { draft } = this.options;
    const isWhole = scope === WHOLE_SCOPE;
    for await (const { id } of isWhole ? draft.unhandled() : draft.unhandledIn(scope))
      if (!this.#listedAndOwed.has(id)) await this.#removed(id, isWhole ? undefined : scope);
    for (const id of this.#unseenOwed(isWhole ? undefined : scope))
      await this.#removed(id, isWhole ? undefined : scope);
  }

  /** With a folder that went, everything in it and below went. */
  async #removeBelow(folder: string): Promise<void> {
    await this.#settle();
    const folders = [folder];
    for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
      for await (const { id, kind } of this.options.draft.unhandledIn(at)) {
        await this.#removed(id, undefined);
        if (FOLDERS.has(kind)) folders.push(id);
      }
      for (const id of this.#unseenOwed(at)) await this.#removed(id, undefined);
    }
  }

  /** What is owed of a folder, or of the whole resource, and did not come up in this run; it may never have been stored. */
  #unseenOwed(folder: string | undefined): string[] {
    const owed = [...this.options.draft.owed].filter(([, { parentId }]) => folder === undefined || parentId === folder);
    return owed.map(([id]) => id).filter((id) => !this.#listedAndOwed.has(id));
  }

  async #removed(id: string, fromParentId: string | undefined): Promise<void> {
    await this.#open.get(id);
    const left = this.#removals.get(id);
    if (fromParentId === undefined || left === 'proven') this.#removals.set(id, 'proven');
    else this.#removals.set(id, new Set(left).add(fromParentId));
    if (this.#removals.size > MAX_REMOVALS) await this.#resolveRemovals();
  }

  async #items(changes: readonly ItemChange[]): Promise<void> {
    if (changes.length === 0) return;
    for (const { id } of changes) await this.#open.get(id);
    const { records, words } = await this.options.draft.known(changes.map(({ id }) => id));
    const last = new Map(changes.map((change) => [change.id, change]));
    const settled: Promise<void>[] = [];
    for (const change of last.values()) {
      this.#removals.delete(change.id);
      const known = { stored: records.get(change.id), word: words.get(change.id) };
      if (this.#needsContent(change, known.stored)) await this.#startReading(change.id, change.record, known);
      else settled.push(this.#keep(change, known));
    }
    await Promise.all(settled);
    this.#throwIfFatal();
    await this.#pause();
  }

  #pause(): Promise<void> {
    return this.options.onPause(this.#tracker.safe ?? this.#from);
  }

  /** Keeps what the enumeration itself told: no request. */
  async #keep(change: ItemChange, known: Known): Promise<void> {
    const { id, record } = change;
    const { stored } = known;
    this.options.onItem();
    if (change.type === 'skipped') return this.#leaveOut(change, known);
    if (stored && isSame(stored, record)) return this.#say(id, 'seen', known);
    return this.#say(id, record.contentForm === undefined ? bare(record) : withContent(record, stored ?? {}), known);
  }

  /** Into the books first, then to the draft: what gets lost on the way is missed at the end. */
  #say(id: string, word: Word, { word: previous }: Known): Promise<void> {
    const { draft, words } = this.options;
    words.say(id, word, previous);
    if (word === 'gone') return draft.remove(id, previous);
    return word === 'seen' ? draft.seen(id, previous) : draft.put(id, word, previous);
  }

  /** Told of in the log when it is new; what was left out before for the same cause stays as it is. */
  async #leaveOut(change: Extract<ItemChange, { type: 'skipped' }>, known: Known): Promise<void> {
    const { id, record, cause } = change;
    const { stored } = known;
    if (stored?.leftOut?.cause === cause.code && isDeepStrictEqual(bare(record), withoutLeftOut(stored)))
      return this.#say(id, 'seen', known);
    await this.#say(id, { ...bare(record), leftOut: { as: cause.as, cause: cause.code } }, known);
    await this.#log(cause.as, id, cause.code, cause.because);
  }

  #needsContent(change: ItemChange, stored: ItemRecord | undefined): boolean {
    if (change.type === 'skipped' || change.record.contentForm === undefined) return false;
    return (
      !stored?.content || !(isSame(stored, change.record) || this.options.reader.sameContent(stored, change.record))
    );
  }

  /** Reads a content beside the others: at most as many as the reader allows, and a few more that are being stored. */
  async #startReading(id: string, record: SourceRecord, known: Known): Promise<void> {
    while (this.#arriving.size >= this.options.reader.contentConcurrency) await Promise.race(this.#arriving);
    while (this.#open.size >= MAX_OPEN) await Promise.race(this.#open.values());
    this.#throwIfFatal();
    const done = this.#tracker.begin();
    const wasRead = this.#arrival();
    const reading = this.#read({ id, record, known, wasRead })
      .catch((error: unknown) => {
        this.#fatal ??= { error };
      })
      .finally(() => {
        wasRead();
        this.#open.delete(id);
        this.options.onItem();
        if (!this.#fatal) done();
      });
    this.#open.set(id, reading);
  }

  /** Counts a content as arriving until the answer is called. */
  #arrival(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const arriving = promise.then(() => void this.#arriving.delete(arriving));
    this.#arriving.add(arriving);
    return () => resolve(undefined);
  }

  async #read(item: ItemToRead): Promise<void> {
    const { id, record, known } = item;
    try {
      await this.#store(item);
      this.#failuresInARow = 0;
    } catch (error) {
      const cause = this.options.reader.skipCause(error);
      if (cause) await this.#keep({ type: 'skipped', id, record, cause }, { ...known, stored: undefined });
      else {
        await this.#owe(id, record, error);
        this.#listedAndOwed.add(id);
      }
    }
  }

  async #store(item: ItemToRead, reread = 0): Promise<void> {
    const { id, record, known, wasRead } = item;
    try {
      const parts = await this.options.contents.store(id, record, wasRead);
      await this.#say(id, withContent(record, parts), known);
    } catch (error) {
      if (!isAppError(error, 'CONFLICT') || reread === MAX_REREADS) throw error;
      const presence = await this.options.reader.lookUp(id, this.options.signal);
      // One that is gone by now is told of by the next round of change tracking.
      if (!presence.present) throw error;
      await this.#store({ ...item, record: presence.record }, reread + 1);
    }
  }

  /** One bad item never ends a job: it is listed with its cause and read first by the next one. */
  async #owe(id: string, record: Pick<OwedItem, 'kind' | 'parentId'>, error: unknown): Promise<void> {
    this.options.signal.throwIfAborted();
    if (isFatal(error) || ++this.#failuresInARow >= MAX_FAILURES_IN_A_ROW) throw error;
    if (!isAppError(error)) this.options.onUnexpected(id, error);
    const code = isAppError(error) ? error.code : 'INTERNAL';
    const before = this.options.draft.owed.get(id);
    this.options.draft.owe(id, {
      kind: record.kind,
      ...(record.parentId !== undefined && { parentId: record.parentId }),
      code,
      attempts: (before?.attempts ?? 0) + 1,
      since: before?.since ?? this.options.clock.now(),
    });
    await this.#log(
      'owed',
      id,
      code,
      isAppError(error) ? error.message : 'A defect of this program; its log has the details.',
    );
  }

  async #readOwed(): Promise<void> {
    for (const [id, owed] of [...this.options.draft.owed]) {
      const presence = await this.#ask(id, owed);
      // A 404 alone proves nothing: the item stays owed until change tracking tells of its removal.
      if (presence?.present) await this.#items([{ type: 'item', id, record: presence.record }]);
    }
    await this.#settle();
    // Asked for one by one; what the listing says of them is still to come.
    this.#listedAndOwed.clear();
  }

  /** Asks for one item by id; one that cannot be told of stays, or becomes, owed. */
  async #ask(id: string, known: Pick<OwedItem, 'kind' | 'parentId'>): Promise<Presence | undefined> {
    try {
      return await this.options.reader.lookUp(id, this.options.signal);
    } catch (error) {
      await this.#owe(id, known, error);
      return undefined;
    }
  }

  /** An id that was removed in one place and seen in none is asked for by id before it counts as vanished. */
  async #resolveRemovals(): Promise<void> {
    await this.#settle();
    const removals = [...this.#removals];
    this.#removals.clear();
    for (let from = 0; from < removals.length; from += BATCH) {
      const group = removals.slice(from, from + BATCH);
      const { records, words } = await this.options.draft.known(group.map(([id]) => id));
      for (const [id, removal] of group)
        await this.#resolveRemoval(id, removal, { stored: records.get(id), word: words.get(id) });
    }
    await this.#settle();
  }

  async #resolveRemoval(id: string, removal: Removal, item: Known): Promise<void> {
    const { draft } = this.options;
    const known = item.stored ?? draft.owed.get(id);
    // It left folders that are not its last known one: the snapshot knows it elsewhere already.
    if (!known || (removal !== 'proven' && !removal.has(known.parentId ?? ''))) return;
    const presence = removal === 'proven' ? GONE : await this.#ask(id, known);
    if (!presence) return;
    if (presence.present) return this.#items([{ type: 'item', id, record: presence.record }]);
    if (item.stored) await this.#say(id, 'gone', item);
    else draft.settle(id);
  }

  async #log(about: 'skipped' | 'excluded' | 'owed', itemId: string, code: string, reason: string): Promise<void> {
    await this.options.draft.log({ at: this.options.clock.now(), about, itemId, code, reason });
  }

  async #settle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open.values());
    this.#throwIfFatal();
  }

  #throwIfFatal(): void {
    if (this.#fatal) throw this.#fatal.error;
    if (this.options.signal.aborted) throw this.options.signal.reason as AppError;
  }
}

/** Change tracking's word that an item is gone, or the folders it left: all of a move and a deletion in one run. */
type Removal = 'proven' | ReadonlySet<string>;

/** An item as the snapshot would have it now, and this task's word on it so far. */
interface Known {
  readonly stored: ItemRecord | undefined;
  readonly word: Word | undefined;
}

interface ItemToRead {
  readonly id: string;
  readonly record: SourceRecord;
  readonly known: Known;
  /** Called when the last byte came or reading failed. */
  readonly wasRead: () => void;
}

type ItemChange = Extract<SourceChange, { type: 'item' | 'skipped' }>;

/** The record without what only the reading needs. */
function bare({ contentForm: _form, inlineExtras: _extras, ...record }: SourceRecord): ItemRecord {
  return record;
}

/** The record with its stored content. Where the source gives no size (a message), the content's own is told. */
function withContent(
  record: SourceRecord,
  { content, extras, contentTag }: Pick<ItemRecord, 'content' | 'extras' | 'contentTag'>,
): ItemRecord {
  const bytes = record.bytes || (content?.bytes ?? 0);
  const tag = contentTag === undefined ? {} : { contentTag };
  return { ...bare(record), ...tag, bytes, ...(content && { content }), ...(extras && { extras }) };
}

function withoutLeftOut({ leftOut: _leftOut, ...record }: ItemRecord): ItemRecord {
  return record;
}

/** Nothing of the item changed and what is to be stored of it is. */
function isSame(stored: ItemRecord, next: SourceRecord): boolean {
  if (next.contentForm === undefined) return isDeepStrictEqual(stored, bare(next));
  return (
    stored.content !== undefined &&
    stored.leftOut === undefined &&
    stored.changeTag !== undefined &&
    stored.changeTag === next.changeTag &&
    stored.parentId === next.parentId &&
    stored.name === next.name
  );
}
