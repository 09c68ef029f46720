import type { Operation } from './mutation.js';
import type { Passage } from './seam.js';

export type Phase = 'backup' | 'restore';

/** One stage of an item's way (docs/architecture.md#the-completeness-ledger), and how to get between it and the next. */
export interface Stage {
  readonly name: string;
  readonly part: 'crawler' | 'storage' | 'restore';
  /** The job in which its elements are struck. */
  readonly phase: Phase;
  /** Elements that pass in a small job, at least: places are drawn among them. */
  readonly least: number;
  /** What has to befall the tenant for elements to pass; an unharmed run passes none. */
  readonly needs?: 'an item that cannot be read';
  /** What can go wrong here; all, where nothing is said. */
  readonly operations?: readonly Operation[];
  /** Gets in between; answers how to get out. */
  readonly open: (passage: Passage) => () => void;
}
