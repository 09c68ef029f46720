import { AppError, isAppError, type Clock } from '@holdfast/kernel';
import type { ItemRecord, SnapshotDraft } from '@holdfast/vault';
import type { Cursor, SourceChange, SourceRecord, WorkloadReader } from '@holdfast/workloads';
import { CursorTracker } from '../domain/cursor-tracker.js';
import { isFatal } from '../domain/fatal-failure.js';
import type { ContentWriter } from './content-writer.js';
import { Turns } from './turns.js';

/** Changes looked up in the parent snapshot together. */
const BATCH = 100;
/** Removals that wait for the item to turn up elsewhere; beyond this the oldest are asked for. */
const MAX_REMOVALS = 2_000;
/** Items that failed one after the other: by then it is not the items. */
const MAX_FAILURES_IN_A_ROW = 25;

export interface ReadingOptions {
  readonly reader: WorkloadReader;
  readonly draft: SnapshotDraft;
  readonly contents: ContentWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each item; may make a checkpoint up to the cursor it is given. */
  readonly onProgress: (safe: Cursor | undefined) => Promise<void>;
  readonly onUnexpected: (itemId: string, error: unknown) => void;
}

/**
 * Takes a reader's changes into a snapshot draft. Every item that the reader tells of ends stored, unchanged, left out, vanished
 * with proof, or owed; the cursor passes none before it has.
 */
export class ResourceReading {
  /** The draft takes one caller at a time, contents are read side by side. */
  readonly #turns = new Turns();
  readonly #tracker = new CursorTracker<Cursor>();
  readonly #open = new Map<string, Promise<void>>();
  readonly #removals = new Map<string, string | undefined>();
  readonly #restarted = new Set<string>();
  #fatal: { readonly error: unknown } | undefined;
  #failuresInARow = 0;

  constructor(private readonly options: ReadingOptions) {}

  /** Reads what is owed, then all changes since `cursor`; answers the cursor that covers everything read. */
  async run(cursor: Cursor | undefined): Promise<Cursor> {
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
      case 'removed':
        await this.#open.get(change.id);
        this.#removals.set(change.id, change.fromParentId);
        if (this.#removals.size > MAX_REMOVALS) await this.#resolveRemovals();
        return;
      case 'scope-restarted':
        this.#restarted.add(change.scope);
        return;
      case 'scope-complete':
        if (this.#restarted.delete(change.scope)) await this.#removeUnseen(change.scope);
        return;
      case 'scope-gone':
        await this.#removeUnseen(change.scope);
        return;
      case 'cursor':
        this.#tracker.reached(change.cursor);
        await this.options.onProgress(this.#tracker.safe);
        return;
    }
  }

  /** A fresh listing, or a folder that is no longer there, shows what is not in it any more; each is asked for before it goes. */
  async #removeUnseen(scope: string): Promise<void> {
    await this.#settle();
    for await (const id of this.options.draft.unhandledIn(scope)) {
      this.#removals.set(id, scope);
      if (this.#removals.size > MAX_REMOVALS) await this.#resolveRemovals();
    }
  }

  async #items(changes: readonly ItemChange[]): Promise<void> {
    if (changes.length === 0) return;
    for (const { id } of changes) await this.#open.get(id);
    const known = await this.#turns.run(() => this.options.draft.records(changes.map(({ id }) => id)));
    const last = new Map(changes.map((change) => [change.id, change]));
    for (const change of last.values()) {
      this.#removals.delete(change.id);
      await this.#item(change, known.get(change.id));
      this.#throwIfFatal();
    }
  }

  async #item(change: ItemChange, stored: ItemRecord | undefined): Promise<void> {
    const { draft } = this.options;
    const { id } = change;
    if (change.type === 'skipped') {
      const leftOut = { as: 'skipped', cause: change.cause.code } as const;
      await this.#turns.run(() => draft.put(id, { ...bare(change.record), leftOut }));
      return this.#log('skipped', id, change.cause.code, change.cause.because);
    }
    if (stored && isSame(stored, change.record)) return this.#turns.run(() => draft.seen(id));
    if (change.record.contentForm === undefined) return this.#turns.run(() => draft.put(id, bare(change.record)));
    if (stored?.content && this.options.reader.sameContent(stored, change.record)) {
      const { content, extras } = stored;
      return this.#turns.run(() => draft.put(id, { ...bare(change.record), content, ...(extras && { extras }) }));
    }
    await this.#startReading(id, change.record);
  }

  /** Reads a content beside the others, at most as many as the reader allows. */
  async #startReading(id: string, record: SourceRecord): Promise<void> {
    while (this.#open.size >= this.options.reader.contentConcurrency) await Promise.race(this.#open.values());
    this.#throwIfFatal();
    const done = this.#tracker.begin();
    const reading = this.#read(id, record)
      .catch((error: unknown) => {
        this.#fatal ??= { error };
      })
      .finally(() => {
        this.#open.delete(id);
        if (!this.#fatal) done();
      });
    this.#open.set(id, reading);
  }

  async #read(id: string, record: SourceRecord): Promise<void> {
    try {
      const parts = await this.options.contents.store(id, record);
      await this.#turns.run(() => this.options.draft.put(id, { ...bare(record), ...parts }));
      this.#failuresInARow = 0;
    } catch (error) {
      await this.#owe(id, record, error);
    }
    await this.options.onProgress(this.#tracker.safe);
  }

  /** One bad item never ends a job: it is listed with its cause and read first by the next one. */
  async #owe(id: string, record: SourceRecord, error: unknown): Promise<void> {
    this.options.signal.throwIfAborted();
    if (isFatal(error) || ++this.#failuresInARow >= MAX_FAILURES_IN_A_ROW) throw error;
    if (!isAppError(error)) this.options.onUnexpected(id, error);
    const code = isAppError(error) ? error.code : 'INTERNAL';
    const before = this.options.draft.owed.get(id);
    await this.#turns.run(async () =>
      this.options.draft.owe(id, {
        kind: record.kind,
        ...(record.parentId !== undefined && { parentId: record.parentId }),
        code,
        attempts: (before?.attempts ?? 0) + 1,
        since: before?.since ?? this.options.clock.now(),
      }),
    );
    await this.#log(
      'owed',
      id,
      code,
      isAppError(error) ? error.message : 'A defect of this program; its log has the details.',
    );
  }

  async #readOwed(): Promise<void> {
    const owed = [...this.options.draft.owed.keys()];
    for (const id of owed) {
      const presence = await this.options.reader.lookUp(id, this.options.signal);
      if (presence.present) await this.#items([{ type: 'item', id, record: presence.record }]);
      else this.#removals.set(id, undefined);
    }
    await this.#settle();
  }

  /** An id that was removed in one place and seen in none is asked for by id before it counts as vanished. */
  async #resolveRemovals(): Promise<void> {
    await this.#settle();
    const removals = [...this.#removals];
    this.#removals.clear();
    for (let from = 0; from < removals.length; from += BATCH) {
      const group = removals.slice(from, from + BATCH);
      const known = await this.#turns.run(() => this.options.draft.records(group.map(([id]) => id)));
      for (const [id, fromParent] of group) await this.#resolveRemoval(id, fromParent, known.get(id));
    }
    await this.#settle();
  }

  async #resolveRemoval(id: string, fromParent: string | undefined, stored: ItemRecord | undefined): Promise<void> {
    const { draft, reader, signal } = this.options;
    if (!stored) return this.#turns.run(async () => draft.settle(id));
    // It left that folder; the snapshot knows it elsewhere already.
    if (fromParent !== undefined && stored.parentId !== fromParent) return;
    const presence = await reader.lookUp(id, signal);
    if (presence.present) return this.#items([{ type: 'item', id, record: presence.record }]);
    await this.#turns.run(() => draft.remove(id));
  }

  async #log(about: 'skipped' | 'owed', itemId: string, code: string, reason: string): Promise<void> {
    await this.#turns.run(() => this.options.draft.log({ at: this.options.clock.now(), about, itemId, code, reason }));
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

type ItemChange = Extract<SourceChange, { type: 'item' | 'skipped' }>;

/** The record without what only the reading needs. */
function bare({ contentForm: _form, inlineExtras: _extras, ...record }: SourceRecord): ItemRecord {
  return record;
}

/** Nothing of the item changed and what is to be stored of it is. */
function isSame(stored: ItemRecord, next: SourceRecord): boolean {
  const isStored = next.contentForm === undefined || stored.content !== undefined;
  return (
    isStored &&
    stored.leftOut === undefined &&
    stored.changeTag !== undefined &&
    stored.changeTag === next.changeTag &&
    stored.parentId === next.parentId &&
    stored.name === next.name
  );
}
