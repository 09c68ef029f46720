import { AppError, type Clock, isAppError } from '@holdfast/kernel';
import type { ItemRecord, OwedItem, SnapshotDraft, Word, Words } from '@holdfast/vault';
import type { Presence, SourceRecord, WorkloadReader } from '@holdfast/workloads';
import { isFatal, isItemsOwn } from '../domain/fatal-failure.js';
import type { TaskShare } from '../domain/task-share.js';
import type { ContentWriter } from './content-writer.js';
import type { Exclusions } from './exclusions.js';
import type { ItemChange, Known } from './item-change.js';
import type { Proof } from './removals.js';
import { bare, isLeftOutAlike, isSame, withContent } from './stored-form.js';

/** Items that failed one after the other: by then it is not the items. */
const MAX_FAILURES_IN_A_ROW = 25;
/** Items that are owed at the same time, all of which are in memory: beyond this it is not the items either. */
const MAX_OWED = 20_000;
/** Times that an item which changes while it is read is read again. */
const MAX_REREADS = 3;

export interface IntakeOptions {
  readonly reader: WorkloadReader;
  readonly draft: SnapshotDraft;
  /** Every word that is told to the draft, before it is. */
  readonly words: Words;
  readonly contents: ContentWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly share: TaskShare;
  readonly exclusions: Exclusions;
  /** Called when an item is stored, unchanged, left out or owed. */
  readonly onItem: () => void;
  readonly onUnexpected: (itemId: string, error: unknown) => void;
}

/**
 * Takes items into a snapshot draft, their contents side by side. Each ends stored, unchanged, left out or owed; only a failure
 * that is not the item's own ends the reading, at the next call.
 */
export class ItemIntake {
  readonly #open = new Map<string, Promise<void>>();
  /** Contents that Microsoft is still sending. */
  #arriving = 0;
  /** Told when a content has come, or is stored. Nobody races promises here: each race stays attached to all that lose it. */
  #onLeave: (() => void) | undefined;
  readonly #listedAndOwed = new Set<string>();
  /** Items that are stored anew although nothing changed, each once. */
  readonly #anew = new Set<string>();
  #fatal: { readonly error: unknown } | undefined;
  #failuresInARow = 0;
  #isListing = false;

  /** `begin` is called when the reading of a content begins, and its answer when the item is stored or owed. */
  constructor(
    private readonly options: IntakeOptions,
    private readonly begin: () => () => void,
  ) {}

  /** Takes at most a batch of changes; of two with one id the later one holds. Contents may still be read when it returns. */
  async take(changes: readonly ItemChange[]): Promise<void> {
    for (const { id } of changes) await this.settled(id);
    const { exclusions } = this.options;
    const known = await this.known(exclusions.idsToKnow(changes));
    const last = new Map(exclusions.apply(changes, known).map((change) => [change.id, change]));
    const kept: Promise<void>[] = [];
    for (const change of last.values()) {
      const before = known(change.id);
      if (this.#needsContent(change, before.stored)) await this.#startReading(change.id, change.record, before);
      // Its failure is met below: nobody else may be told of it while a content is waited for.
      else kept.push(this.#keep(change, before).catch((error: unknown) => this.#fail(error)));
    }
    await Promise.all(kept);
    this.#throwIfFatal();
  }

  /** From here on these are stored anew where they turn up, whether or not they changed, until each was once. */
  wantAnew(ids: readonly string[]): void {
    for (const id of ids) this.#anew.add(id);
  }

  /** Wanted anew and not stored so far. */
  isWantedAnew(id: string): boolean {
    return this.#anew.has(id);
  }

  /** Nothing is there to be stored anew. */
  dropAnew(id: string): void {
    this.#anew.delete(id);
  }

  /** Waits for an item that is being read. */
  async settled(id: string): Promise<void> {
    await this.#open.get(id);
  }

  /** Waits for all items that are being read. */
  async settle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open.values());
    this.#throwIfFatal();
  }

  /** Looks up items of the draft and its parent together. */
  async known(ids: readonly string[]): Promise<(id: string) => Known> {
    const { records, words } = await this.options.draft.known(ids);
    return (id) => ({ stored: records.get(id), word: words.get(id) });
  }

  /** Takes out an item that is proven to be gone; the log keeps its name and the proof. */
  async gone(id: string, { code, reason }: Proof, known: Known): Promise<void> {
    await this.#say(id, 'gone', known);
    const name = known.stored?.name;
    const at = this.options.clock.now();
    await this.options.draft.log({ at, about: 'vanished', itemId: id, code, reason, ...(name && { path: name }) });
  }

  /** Asks for one item by id; one that cannot be told of stays, or becomes, owed. */
  async ask(id: string, known: Pick<OwedItem, 'kind' | 'parentId'>): Promise<Presence | undefined> {
    try {
      return await this.options.reader.lookUp(id, this.options.signal);
    } catch (error) {
      await this.owe(id, known, error);
      return undefined;
    }
  }

  /** One bad item never ends a job: it is listed with its cause and read first by the next one. */
  async owe(id: string, item: Pick<OwedItem, 'kind' | 'parentId'>, error: unknown): Promise<void> {
    this.options.signal.throwIfAborted();
    if (isFatal(error)) throw error;
    if (!isItemsOwn(error)) this.#failuresInARow += 1;
    if (this.#isListing && this.areAllFailing) throw error;
    const { owed } = this.options.draft;
    if (owed.size >= MAX_OWED && !owed.has(id)) throw error;
    if (!isAppError(error)) this.options.onUnexpected(id, error);
    const code = isAppError(error) ? error.code : 'INTERNAL';
    const before = owed.get(id);
    this.options.draft.owe(id, {
      kind: item.kind,
      ...(item.parentId !== undefined && { parentId: item.parentId }),
      code,
      attempts: (before?.attempts ?? 0) + 1,
      since: before?.since ?? this.options.clock.now(),
    });
    if (!owed.has(id)) throw lostDebt();
    await this.#log(
      'owed',
      id,
      code,
      isAppError(error) ? error.message : 'A defect of this program; its log has the details.',
    );
  }

  /** Owes an item that the present listing told of. */
  async oweListed(id: string, item: Pick<OwedItem, 'kind' | 'parentId'>, error: unknown): Promise<void> {
    await this.owe(id, item, error);
    this.#listedAndOwed.add(id);
  }

  /** Listed and not read: owed, and surely there. */
  isListedAndOwed(id: string): boolean {
    return this.#listedAndOwed.has(id);
  }

  /** A listing begins: what was owed so far is still to come in it. */
  beginListing(): void {
    this.#listedAndOwed.clear();
    this.#isListing = true;
    this.#failuresInARow = 0;
  }

  /** Items fail one after the other, and none was read between. While a listing is read that ends the reading. */
  get areAllFailing(): boolean {
    return this.#failuresInARow >= MAX_FAILURES_IN_A_ROW;
  }

  /** Keeps what the enumeration itself told: no request. */
  async #keep(change: ItemChange, known: Known): Promise<void> {
    const { id, record } = change;
    const { stored } = known;
    this.options.onItem();
    this.#anew.delete(id);
    if (change.type === 'skipped') return this.#leaveOut(change, known);
    if (stored && isSame(stored, record)) return this.#say(id, 'seen', known);
    return this.#say(id, record.contentForm === undefined ? bare(record) : withContent(record, stored ?? {}), known);
  }

  /** Told of in the log when it is new; what was left out before for the same cause stays as it is. */
  async #leaveOut(change: Extract<ItemChange, { type: 'skipped' }>, known: Known): Promise<void> {
    const { id, record, cause } = change;
    if (isLeftOutAlike(known.stored, record, cause.code)) return this.#say(id, 'seen', known);
    await this.#say(id, { ...bare(record), leftOut: { as: cause.as, cause: cause.code } }, known);
    await this.#log(cause.as, id, cause.code, cause.because);
  }

  /** Into the books first, then to the draft: what gets lost on the way is missed at the end. */
  #say(id: string, word: Word, { word: previous }: Known): Promise<void> {
    const { draft, words } = this.options;
    words.say(id, word, previous);
    if (word === 'gone') return draft.remove(id, previous);
    return word === 'seen' ? draft.seen(id, previous) : draft.put(id, word, previous);
  }

  #needsContent(change: ItemChange, stored: ItemRecord | undefined): boolean {
    if (change.type === 'skipped' || change.record.contentForm === undefined) return false;
    return (
      this.#anew.has(change.id) ||
      !stored?.content ||
      !(isSame(stored, change.record) || this.options.reader.sameContent(stored, change.record))
    );
  }

  get #mostArriving(): number {
    const { reader, share } = this.options;
    return Math.min(reader.contentConcurrency, share.arriving);
  }

  /** Reads a content beside the others: at most as many as the reader allows, and a few more that are being stored. */
  async #startReading(id: string, record: SourceRecord, known: Known): Promise<void> {
    while (this.#arriving >= this.#mostArriving || this.#open.size >= this.options.share.openItems)
      await new Promise<void>((resolve) => (this.#onLeave = resolve));
    this.#throwIfFatal();
    const done = this.begin();
    const wasRead = this.#arrival();
    const reading = this.#read({ id, record, known, wasRead })
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        wasRead();
        this.#open.delete(id);
        this.#onLeave?.();
        this.options.onItem();
        if (!this.#fatal) done();
      });
    this.#open.set(id, reading);
  }

  /** Counts a content as arriving until the answer is called; safe to call again. */
  #arrival(): () => void {
    let isArriving = true;
    this.#arriving += 1;
    return () => {
      if (!isArriving) return;
      isArriving = false;
      this.#arriving -= 1;
      this.#onLeave?.();
    };
  }

  async #read(item: ItemToRead): Promise<void> {
    const { id, record, known } = item;
    try {
      await this.#store(item);
      this.#failuresInARow = 0;
    } catch (error) {
      const cause = this.options.reader.skipCause(error);
      if (cause) await this.#keep({ type: 'skipped', id, record, cause }, { ...known, stored: undefined });
      else await this.oweListed(id, record, error);
    }
  }

  async #store(item: ItemToRead, reread = 0): Promise<void> {
    const { id, record, known, wasRead } = item;
    try {
      const parts = await this.options.contents.store(id, record, wasRead);
      await this.#say(id, withContent(record, parts), known);
      this.#anew.delete(id);
    } catch (error) {
      if (!isAppError(error, 'CONFLICT') || reread === MAX_REREADS) throw error;
      const presence = await this.options.reader.lookUp(id, this.options.signal);
      // One that is gone by now is told of by the next round of change tracking.
      if (!presence.present) throw error;
      await this.#store({ ...item, record: presence.record }, reread + 1);
    }
  }

  async #log(about: 'skipped' | 'excluded' | 'owed', itemId: string, code: string, reason: string): Promise<void> {
    await this.options.draft.log({ at: this.options.clock.now(), about, itemId, code, reason });
  }

  #fail(error: unknown): void {
    this.#fatal ??= { error };
  }

  #throwIfFatal(): void {
    if (this.#fatal) throw this.#fatal.error;
    if (this.options.signal.aborted) throw this.options.signal.reason as AppError;
  }
}

/** The service's counts tell of most of what is neither stored nor owed, but it counts nothing in packages. */
function lostDebt(): AppError {
  return new AppError('INTERNAL', 'An item that could not be read is not among those owed. The task is begun again.');
}

interface ItemToRead {
  readonly id: string;
  readonly record: SourceRecord;
  readonly known: Known;
  /** Called when the last byte came or reading failed. */
  readonly wasRead: () => void;
}
