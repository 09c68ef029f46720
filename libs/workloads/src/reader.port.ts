import type { ItemKind, ItemRecord } from '@holdfast/vault';

/** A reader's place in the source's change tracking: opaque text per scope (a mail folder, a whole drive), empty for one to be listed afresh. */
export type Cursor = Readonly<Record<string, string>>;

/** An item as the source shows it: a record without the stored content. */
export type SourceRecord = Omit<ItemRecord, 'content' | 'extras'> & {
  /** How the content is to be stored; absent for items without content. */
  readonly contentForm?: 'bytes' | 'mime';
  /** Texts that came with the enumeration itself and cost no request, by name (a message's JSON body). Stored as UTF-8. */
  readonly inlineExtras?: Readonly<Record<string, string>>;
};

/** Why an item is left out for good; each with the page or observation it rests on in the workload's `skip-causes.ts`. */
export interface SkipCause {
  /** `skipped`: it cannot be had. `excluded`: nothing of it is meant to be protected. */
  readonly as: 'skipped' | 'excluded';
  readonly code: string;
  readonly because: string;
}

/** What a reader tells of the source, in the source's order. Repeats are allowed: the last word on an id counts. */
export type SourceChange =
  /** The item is at the source as `record` says. */
  | { readonly type: 'item'; readonly id: string; readonly record: SourceRecord }
  /** The item is there and changed, and asking what it is failed: it is owed. */
  | {
      readonly type: 'unreadable';
      readonly id: string;
      readonly kind: ItemKind;
      readonly parentId: string;
      readonly error: unknown;
    }
  /**
   * The item left a folder, and is gone only if that is its last known parent and the source does not know it by id (mail). Without
   * `fromParentId` the item is gone, unless it comes up again in the same run (drive, mail folders).
   */
  | { readonly type: 'removed'; readonly id: string; readonly fromParentId?: string }
  /** The item exists and cannot be had, for a cause from the closed list. */
  | { readonly type: 'skipped'; readonly id: string; readonly record: SourceRecord; readonly cause: SkipCause }
  /** The scope's cursor was missing or lost: all of the scope follows, and what does not come up before `scope-complete` is gone. */
  | { readonly type: 'scope-restarted'; readonly scope: string }
  | { readonly type: 'scope-complete'; readonly scope: string }
  /**
   * The folder behind `scope` (a drive: perhaps a file) is no longer at the source; every item whose parent it is went with it unless
   * it came up elsewhere in the same run, and so on below folders that went.
   */
  | { readonly type: 'scope-gone'; readonly scope: string }
  /** How many items were told of since the cursor before, as the reader counts them ({@link counted}). */
  | { readonly type: 'told'; readonly items: number }
  /** Everything told before may be kept under this cursor: the whole cursor, all scopes. */
  | { readonly type: 'cursor'; readonly cursor: Cursor };

/** What the source itself says a folder holds, for reconciliation. */
export interface SourceCount {
  readonly parentId: string;
  readonly items: number;
  /** Whether the service counts the messages in the folder, its subfolders, or every entry. */
  readonly of: 'messages' | 'folders' | 'entries';
}

/** What a reader says of a content at its end. */
export interface ContentRead {
  /** As they came from the source: what is stored has to be as long. */
  readonly bytes: number;
  /** The content tag that the bytes themselves have, where the source told none of them. */
  readonly contentTag?: string;
}

/** What became of an item that change tracking told of in a way that proves nothing. */
export type Presence = { readonly present: true; readonly record: SourceRecord } | { readonly present: false };

/**
 * Reads one resource of one workload. One reader serves one task; nothing of it outlives the task. Failures are AppErrors:
 * GRAPH_THROTTLED and GRAPH_UNAVAILABLE after the client's own retries, CURSOR_LOST never (the reader restarts the scope).
 */
export interface WorkloadReader {
  /** Changes since `cursor`, or everything without one. Holds one page at a time. */
  enumerate(cursor: Cursor | undefined, signal: AbortSignal): AsyncIterable<SourceChange>;
  /** Whether the stored record's content still stands for `next`; false means it has to be read. Pure. */
  sameContent(stored: ItemRecord, next: SourceRecord): boolean;
  /**
   * The item's content as a stream, whole or a thrown error; checked against the source's own hash or length where it gives one.
   * CONFLICT: the item changed since `record` was told; {@link lookUp} it and read it again. Its last word is what was read.
   */
  readContent(id: string, record: SourceRecord, signal: AbortSignal): AsyncGenerator<Uint8Array, ContentRead>;
  /**
   * Content beside the main one of which the need showed while {@link readContent} ran, by name; mostly none, and then without a
   * request. Called once after that stream's end; stored as the record's extras, beside the inline ones.
   */
  readExtras(
    id: string,
    record: SourceRecord,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, AsyncIterable<Uint8Array>>>>;
  /** The cause from the closed list that a failed {@link readContent} stands for; undefined when the item is owed instead. Pure. */
  skipCause(error: unknown): SkipCause | undefined;
  /** Items by folder as the service counts them, of folders whose count it gives; a drive's are those of this reader's last round. */
  counts(signal: AbortSignal): Promise<readonly SourceCount[]>;
  /** Whether there is a mailbox or drive at all; asked when reading it found nothing. */
  isThere(signal: AbortSignal): Promise<boolean>;
  /** Asks for one item by id, after a removal that no listing explains. */
  lookUp(id: string, signal: AbortSignal): Promise<Presence>;
  /** Asks for one folder by id, where items were told of in a folder that nothing told of. */
  lookUpFolder(id: string, signal: AbortSignal): Promise<Presence>;
  /** Contents read at the same time, at most (Microsoft's limit is 4 requests per mailbox). */
  readonly contentConcurrency: number;
}
