import type { VaultId } from '@holdfast/kernel';
import type { ItemKind, ItemRecord } from '@holdfast/vault';
import type { SourceRecord } from './reader.port.js';

/** One folder on the way to a target: matched by what it is where that is known, else by its name. */
export interface FolderStep {
  readonly name: string;
  /** The folder's record, when the way leads through folders of a snapshot. */
  readonly record?: ItemRecord;
}

/** An item of a snapshot with what a writer needs to make it again. */
export interface RestoreItem {
  /** The vault and the item's id in the snapshot, from which the item's mark is made. */
  readonly vault: VaultId;
  readonly itemId: string;
  /** As it is to be at the target: ids of folders in it are live ones. */
  readonly record: ItemRecord;
  /** The live folder it goes into, as {@link WorkloadWriter.ensureFolder} gave it. */
  readonly folderId: string;
  /** The name fixed in the plan; messages keep their subject whatever it says. */
  readonly name: string;
  /** The content from its start; may be called again. */
  readonly content: () => AsyncIterable<Uint8Array>;
  /** An extra from its start, or undefined when the record has none of that name. */
  readonly extra: (name: string) => AsyncIterable<Uint8Array> | undefined;
}

/** Where an item of a kind is looked for by its name. */
export interface NamedPlace {
  readonly kind: ItemKind;
  readonly folderId: string;
  readonly name: string;
}

/** An item at the target, now. */
export interface LiveItem {
  readonly id: string;
  readonly record: SourceRecord;
}

/**
 * Writes one resource of one workload. Nothing is ever sent to anybody. A step may be repeated after a crash: `create` is preceded by
 * `findRestored` then; the other verbs may simply be called again. Failures are AppErrors: CONFLICT when the live item is not (any
 * more) what the plan saw, ALREADY_EXISTS when the name is taken.
 */
export interface WorkloadWriter {
  /** Items that `create` and `overwrite` have written, each counted when it is whole: what asked for them holds its own count against it. */
  readonly written: number;
  /** The live folder at the end of the way, each step of it made when missing. No steps: the resource's top. */
  ensureFolder(way: readonly FolderStep[], signal: AbortSignal): Promise<string>;
  /** The live folder at the end of the way, if all of it is there. */
  findFolder(way: readonly FolderStep[], signal: AbortSignal): Promise<string | undefined>;
  /** What an earlier try of `create` with this item made, whole; half-made things are finished or removed. */
  findRestored(item: RestoreItem, signal: AbortSignal): Promise<LiveItem | undefined>;
  /** The whole item that a restore of this very state left in this folder under a mark; undefined for workloads that leave none (files). */
  findCopy(item: RestoreItem, signal: AbortSignal): Promise<LiveItem | undefined>;
  /** The live item of this kind with this id. */
  findById(id: string, kind: ItemKind, signal: AbortSignal): Promise<LiveItem | undefined>;
  /** The live item of this name in this place; undefined for kinds of items that have no names (messages). */
  findByName(place: NamedPlace, signal: AbortSignal): Promise<LiveItem | undefined>;
  /** Whether the live item surely has the content that the snapshot has of the item. */
  hasContentOf(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<boolean>;
  /** Makes the item. Its content is verified where the service gives a hash or a length. */
  create(item: RestoreItem, signal: AbortSignal): Promise<LiveItem>;
  /** Makes the live item what the snapshot has, if it still is what the plan saw. The id may change. */
  overwrite(live: LiveItem, item: RestoreItem, signal: AbortSignal): Promise<LiveItem>;
  /** Fields in `docs/fidelity.md` that this very item has and lacks when it is made anew, as far as that can be known. No request. */
  lossesOf(item: RestoreItem): Promise<readonly string[]>;
  /** Removes the live item, if it still is what was seen. */
  remove(live: LiveItem, signal: AbortSignal): Promise<void>;
}
