import { AppError } from '@holdfast/kernel';
import { isFolder, type ListedItem, type SnapshotBody } from '@holdfast/vault';
import { type Cursor, type Presence, type SourceChange, tellsOfItem, WHOLE_SCOPE } from '@holdfast/workloads';
import { CursorTracker } from '../domain/cursor-tracker.js';
import { FolderlessItems } from './folderless-items.js';
import type { ItemChange, Known } from './item-change.js';
import { type IntakeOptions, ItemIntake } from './item-intake.js';
import { readAhead } from './read-ahead.js';
import type { DamagedItems } from './resource-access.port.js';
import type { Relisting } from './relisting.js';
import { concerns, PROOFS, type Removal, Removals } from './removals.js';

/** Items that are looked up, stored anew or asked for together. */
const BATCH = 100;
/** Removals that wait for the item to turn up elsewhere; beyond this all are asked for. */
const MAX_REMOVALS = 50_000;

const GONE: Presence = { present: false };

export interface ReadingOptions extends IntakeOptions {
  readonly damaged: DamagedItems;
  /** Called again and again while the draft is at rest; may make a checkpoint up to the cursor it is given. */
  readonly onPause: (safe: Cursor) => Promise<void>;
}

/**
 * Takes a reader's changes into a snapshot draft. Every item that the reader tells of ends stored, unchanged, left out, vanished
 * with proof, or owed; the cursor passes none before it has.
 */
export class ResourceReading {
  readonly #tracker = new CursorTracker<Cursor>();
  readonly #intake: ItemIntake;
  readonly #removals = new Removals();
  readonly #restarted = new Set<string>();
  #from: Cursor | undefined;
  /** To be called when no removal waits any more: until then no cursor that has passed one may be kept. */
  #resolved: (() => void) | undefined;
  #relisting: Relisting | undefined;
  /** Items taken since the reader last said how many it told of. */
  #taken = 0;

  constructor(private readonly options: ReadingOptions) {
    this.#intake = new ItemIntake(options, () => this.#tracker.begin());
  }

  /**
   * Reads what is owed, then all changes since `cursor`; answers the cursor that covers everything read. With `relisting` a scope that
   * is listed afresh is held against all that the task has, not only what the snapshot before had.
   */
  async run(cursor: Cursor | undefined, relisting?: Relisting): Promise<Cursor> {
    this.#from = cursor;
    this.#relisting = relisting;
    await this.#readOwed();
    await this.#readAnew();
    const { share } = this.options;
    // The next page comes while the items of this one are read.
    for await (const changes of readAhead(this.options.reader.enumerate(cursor, this.options.signal), share.waiting))
      await this.#takeAll(changes);
    await this.#intake.settle();
    await this.#resolveRemovals();
    return this.#tracker.safe ?? cursor ?? {};
  }

  /** Settles what trees made of the draft list in folders that they do not hold, and what is owed of such ({@link lackingFolders}). */
  async settleFolders(folders: readonly string[], body: SnapshotBody): Promise<void> {
    await new FolderlessItems(this.options, this.#intake).settle(folders, body);
    await this.#intake.settle();
  }

  /** Owes the folders that could not be settled. */
  oweFolders(body: SnapshotBody): Promise<void> {
    return new FolderlessItems(this.options, this.#intake).owe(body);
  }

  async #takeAll(changes: readonly SourceChange[]): Promise<void> {
    let batch: ItemChange[] = [];
    for (const change of changes) {
      if (tellsOfItem(change)) this.#taken += 1;
      if (change.type === 'item' || change.type === 'skipped') {
        batch.push(change);
        continue;
      }
      await this.#items(batch);
      batch = [];
      await this.#take(change);
    }
    await this.#items(batch);
  }

  async #take(change: Exclude<SourceChange, ItemChange>): Promise<void> {
    switch (change.type) {
      case 'unreadable':
        this.#removals.retract(change.id);
        return this.#intake.oweListed(change.id, change, change.error);
      case 'removed':
        return this.#removed(change.id, change.fromParentId);
      case 'scope-restarted':
        this.#restarted.add(change.scope);
        return;
      case 'scope-complete':
        if (this.#restarted.delete(change.scope)) await this.#removeUnlisted(change.scope);
        return;
      case 'scope-gone':
        return this.#removeBelow(change.scope);
      case 'told':
        this.#requireTaken(change.items);
        return;
      case 'cursor':
        this.#tracker.reached(change.cursor);
        return this.#pause();
    }
  }

  /** What was told and not taken must not be passed by the cursor that follows. */
  #requireTaken(told: number): void {
    const taken = this.#taken;
    this.#taken = 0;
    if (taken !== told)
      throw new AppError(
        'INTERNAL',
        `The ledger does not balance: the reader told of ${told} items, and ${taken} were taken.`,
        { context: { told, taken } },
      );
  }

  async #items(changes: readonly ItemChange[]): Promise<void> {
    if (changes.length === 0) return;
    for (const { id } of changes) this.#removals.retract(id);
    await this.#relisting?.tells(changes.map(({ id }) => id));
    await this.#intake.take(changes);
    await this.#pause();
  }

  /** Before the first cursor a checkpoint keeps what was read: the listing begins anew and reads none of it again. */
  #pause(): Promise<void> {
    return this.options.onPause(this.#tracker.safe ?? this.#from ?? {});
  }

  /** Those that were tried least come first: where many fail, the others are left for the next job, and the listing tells whether Microsoft is there. */
  async #readOwed(): Promise<void> {
    const all = [...this.options.draft.owed].sort(([, a], [, b]) => a.attempts - b.attempts);
    for (const [id, owed] of all) {
      if (this.#intake.areAllFailing) break;
      const presence = await this.#intake.ask(id, owed);
      // A 404 alone proves nothing: the item stays owed until change tracking tells of its removal.
      if (presence?.present) await this.#items([{ type: 'item', id, record: presence.record }]);
    }
    await this.#intake.settle();
    this.#intake.beginListing();
  }

  /** What is damaged in the vault, a page at a time, so that memory does not grow with the damage. */
  async #readAnew(): Promise<void> {
    const { damaged } = this.options;
    for (let ids = await damaged.after(''); ids.length > 0; ids = await damaged.after(ids.at(-1) ?? '')) {
      this.#intake.wantAnew(ids);
      for (let from = 0; from < ids.length; from += BATCH) await this.#storeAnew(ids.slice(from, from + BATCH));
      await this.#intake.settle();
      await damaged.noteRead(ids.filter((id) => !this.#intake.isWantedAnew(id)));
    }
    this.#intake.beginListing();
  }

  /** An item that is gone, or whose folder is, is change tracking's to tell of; one that cannot be read stays due. */
  async #storeAnew(ids: readonly string[]): Promise<void> {
    const known = await this.#intake.known(ids);
    const some = this.options.reader.contentConcurrency;
    for (let from = 0; from < ids.length; from += some) {
      const found = await Promise.all(ids.slice(from, from + some).map((id) => this.#findAnew(id, known(id))));
      await this.#items(found.filter((change) => change !== undefined));
    }
  }

  async #findAnew(id: string, { stored }: Known): Promise<ItemChange | undefined> {
    const presence = stored ? await this.#intake.ask(id, stored) : GONE;
    if (presence?.present) return { type: 'item', id, record: presence.record };
    if (presence) this.#intake.dropAnew(id);
    return undefined;
  }

  /** What a fresh listing lacks left its scope; each is asked for before it counts as vanished. */
  async #removeUnlisted(scope: string): Promise<void> {
    const { draft } = this.options;
    // Nothing can be missed: no reason to wait for what is still being read.
    if (!this.#relisting && draft.isFirst && draft.owed.size === 0) return;
    await this.#intake.settle();
    const folder = scope === WHOLE_SCOPE ? undefined : scope;
    for await (const { id } of this.#unlisted(folder))
      if (!this.#intake.isListedAndOwed(id)) await this.#unlists(id, folder);
    for (const id of this.#unseenOwed(folder)) await this.#removed(id, folder);
  }

  async #unlists(id: string, folder: string | undefined): Promise<void> {
    if (!this.#relisting || folder !== undefined) return this.#removed(id, folder);
    this.#removalWaits();
    this.#removals.noteUnlisted(id);
    if (this.#removals.size > MAX_REMOVALS) await this.#resolveRemovals();
  }

  #unlisted(folder: string | undefined): AsyncGenerator<ListedItem> {
    if (this.#relisting) return this.#relisting.untold(folder);
    return folder === undefined ? this.options.draft.unhandled() : this.options.draft.unhandledIn(folder);
  }

  /** With a folder that went, everything in it and below went. */
  async #removeBelow(folder: string): Promise<void> {
    await this.#intake.settle();
    const folders = [folder];
    for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
      for await (const { id, kind } of this.options.draft.unhandledIn(at)) {
        await this.#removed(id, undefined);
        if (isFolder(kind)) folders.push(id);
      }
      for (const id of this.#unseenOwed(at)) await this.#removed(id, undefined);
    }
  }

  /** What is owed of a folder, or of the whole resource, and did not come up in this run; it may never have been stored. */
  #unseenOwed(folder: string | undefined): string[] {
    const owed = [...this.options.draft.owed].filter(([, { parentId }]) => folder === undefined || parentId === folder);
    return owed.map(([id]) => id).filter((id) => !this.#intake.isListedAndOwed(id));
  }

  async #removed(id: string, fromParentId: string | undefined): Promise<void> {
    await this.#intake.settled(id);
    this.#removalWaits();
    this.#removals.note(id, fromParentId);
    if (this.#removals.size > MAX_REMOVALS) await this.#resolveRemovals();
  }

  #removalWaits(): void {
    this.#resolved ??= this.#tracker.begin();
  }

  /** An id that was removed in one place and seen in none is asked for by id before it counts as vanished. */
  async #resolveRemovals(): Promise<void> {
    await this.#intake.settle();
    const removals = this.#removals.takeAll();
    for (let from = 0; from < removals.length; from += BATCH) {
      const group = removals.slice(from, from + BATCH);
      const known = await this.#intake.known(group.map(([id]) => id));
      for (const [id, removal] of group) await this.#resolveRemoval(id, removal, known(id));
    }
    await this.#intake.settle();
    this.#resolved?.();
    this.#resolved = undefined;
  }

  async #resolveRemoval(id: string, removal: Removal, item: Known): Promise<void> {
    const { draft } = this.options;
    const known = item.stored ?? draft.owed.get(id);
    if (!known || !concerns(removal, known.parentId)) return;
    const presence = removal === 'proven' ? GONE : await this.#intake.ask(id, known);
    if (!presence) return;
    if (presence.present) return this.#items([{ type: 'item', id, record: presence.record }]);
    if (item.stored) await this.#intake.gone(id, typeof removal === 'string' ? PROOFS.unlisted : PROOFS.removed, item);
    else draft.settle(id);
  }
}
