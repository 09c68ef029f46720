import type { Letter } from '../content/letter.js';
import type { Origin } from '../content/origin.js';
import type { MailFolder } from './mail-folder.js';

export type Importance = 'low' | 'normal' | 'high';

/** `followupFlag` (docs: graph/api/resources/followupflag). Instants in ms. */
export interface Flag {
  readonly status: 'notFlagged' | 'complete' | 'flagged';
  readonly startAt?: number;
  readonly dueAt?: number;
  readonly completedAt?: number;
}

export const NOT_FLAGGED: Flag = { status: 'notFlagged' };

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
