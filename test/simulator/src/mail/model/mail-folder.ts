import type { Letter } from '../content/letter.js';
import type { Origin } from '../content/origin.js';
import type { Flag, Importance } from './item-state.js';

/** One message of a mailbox: where it lies and what its reader did with it. What it says follows from its origin. */
export interface MailItem {
  /** Number in the mailbox; never used twice. */
  readonly index: number;
  readonly origin: Origin;
  folder: MailFolder;
  /** How often it has moved; its plain id depends on it. */
  moves: number;
  /** Raised by every change; its change key depends on it. */
  version: number;
  /** Sequence number of its arrival in the folder it lies in. */
  enteredSeq: number;
  /** True when it had lain in this folder before. */
  isReturned: boolean;
  /** Sequence number of the last change but those of the read flag; at least {@link enteredSeq}. */
  changedSeq: number;
  /** Sequence number of the last change of the read flag. */
  readSeq: number;
  createdAt: number;
  modifiedAt: number;
  receivedAt: number;
  /** Differs from the origin's when a client set PidTagClientSubmitTime. */
  sentAt: number;
  isRead: boolean;
  isDraft: boolean;
  importance: Importance;
  flag: Flag;
  categories: readonly string[];
  inferenceClassification: 'focused' | 'other';
  /** The letter of an item that a client made or edited; otherwise it is generated from the origin. */
  letter?: Letter;
  /** Extended properties that a client set, by canonical id. */
  properties?: ReadonlyMap<string, string>;
  /** Reading its content answers ErrorCorruptData. */
  isCorrupt?: boolean;
}

/** An item's departure from a folder, for delta. */
export interface Removal {
  readonly seq: number;
  readonly item: MailItem;
  /** Moves of the item when it left: its plain id in this folder follows from it. */
  readonly moves: number;
  readonly isDeleted: boolean;
}

/** What a search folder shows (docs: graph/api/resources/mailsearchfolder). */
export interface Search {
  readonly filterQuery: string;
  readonly includeNestedFolders: boolean;
  readonly sources: readonly MailFolder[];
  /** False for what Outlook made in a way that Graph cannot change. */
  readonly isSupported: boolean;
}

/** One folder of a mailbox. */
export class MailFolder {
  readonly children = new Set<MailFolder>();
  readonly items = new Set<MailItem>();
  readonly removals: Removal[] = [];
  /** Items that have left this folder at some time. */
  readonly departed = new Set<MailItem>();
  unread = 0;
  /** Sequence number of the last change of name, place or visibility. */
  changedSeq = 0;
  /** Sequence number of the last change of anything inside. */
  contentSeq = 0;
  /** When anything inside changed last, in ms: PidTagLocalCommitTimeMax ([MS-OXCFOLD] 2.2.2.2.1.14). */
  contentAt = 0;
  /** Extended properties that a client set, by canonical id. */
  properties?: ReadonlyMap<string, string>;
  readonly #sorted = new Map<string, { seq: number; items: readonly MailItem[] }>();

  constructor(
    readonly number: number,
    readonly id: string,
    public displayName: string,
    public parent: MailFolder | undefined,
    public isHidden: boolean,
    /** `inbox`, `sentitems` …; such folders can be neither renamed, moved nor deleted. */
    readonly wellKnownName: string | undefined,
    /** Undefined for folders that hold messages; replaced as a whole. */
    public search: Search | undefined,
  ) {}

  /** The items in an order, kept until anything inside changes. `name` names the order. */
  sorted(name: string, compare: (left: MailItem, right: MailItem) => number): readonly MailItem[] {
    const known = this.#sorted.get(name);
    if (known?.seq === this.contentSeq) return known.items;
    const items = [...this.items].sort(compare);
    this.#sorted.set(name, { seq: this.contentSeq, items });
    return items;
  }

  /** Names from the top folder (left out) down to this one. */
  path(): string[] {
    return this.parent?.parent ? [...this.parent.path(), this.displayName] : [this.displayName];
  }

  isInside(other: MailFolder): boolean {
    return this === other || (this.parent?.isInside(other) ?? false);
  }

  /** The folders below, at any depth. */
  *descendants(): Generator<MailFolder> {
    for (const child of this.children) {
      yield child;
      yield* child.descendants();
    }
  }
}
