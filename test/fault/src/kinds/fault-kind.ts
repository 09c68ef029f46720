import type { Dice } from '@holdfast/oracle';
import type { FaultSystem } from '../fault-system.js';

/** One strike: where it is told and what is left to chance in it. */
export interface Occasion {
  readonly faults: FaultSystem;
  /** Answers the same for the same name. */
  readonly dice: Dice;
  /** Of this strike, for the dice. */
  readonly name: string;
  /** Milliseconds that the trouble lasts, where it lasts. */
  readonly holdMs: number;
}

/** A kind of trouble. */
export interface FaultKind {
  readonly name: string;
  /** Where the backups have to go for it to strike them; a bucket when absent. */
  readonly place?: 'bucket' | 'small-disk';
  /** Why it cannot strike on this machine; undefined when it can. */
  readonly missing?: () => string | undefined;
  /** Strikes, lasts, and ends by itself. Answers what was struck, in a few words; undefined where nobody met it. */
  readonly strike: (occasion: Occasion) => Promise<string | undefined>;
}
