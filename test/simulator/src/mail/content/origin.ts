import type { Rng } from '../../core/rng.js';
import type { Address } from './letter.js';
import type { ShapeName } from './shape-name.js';

/** What a generated letter follows from. Copies of a message share it. */
export interface Origin {
  /** Number of the letter in its mailbox. */
  readonly source: number;
  readonly sentAt: number;
  readonly direction: 'in' | 'out';
  /** Asked for by name; otherwise the seed chooses. */
  readonly shape?: ShapeName;
  /** Asked for: octets of the attachment of a `large` letter. */
  readonly attachmentBytes?: number;
}

/** The surroundings that all letters of a mailbox share. */
export interface LetterWorld {
  /** The mailbox's own stream; letters derive from it by number. */
  readonly rng: Rng;
  readonly owner: Address;
  /** Names the pool of attachments that recur all over the tenant. */
  readonly pool: string;
  /** Where this mailbox starts in the list of shapes that everybody gets to see. */
  readonly showcaseFrom: number;
  /** How much larger than usual the letters are. */
  readonly scale: number;
}
