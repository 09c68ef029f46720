import type { ContentRef, ItemRecord } from '../item-record.js';

/**
 * What became of an item in one run; each item ends in exactly one. `vanished`: proven to be gone from the source.
 * Items that failed this time are counted apart, as owed. The order is the format's (docs/format/v1.md#ledger).
 */
export const OUTCOMES = [
  'new',
  'updated',
  'moved',
  'attributes',
  'unchanged',
  'skipped',
  'excluded',
  'vanished',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Tells the outcome from the record before and after; `undefined` on either side means that there is none. */
export function outcomeOf(before: ItemRecord | undefined, after: ItemRecord | undefined, isSame: boolean): Outcome {
  if (!after) return 'vanished';
  if (after.leftOut) return after.leftOut.as;
  if (!before) return 'new';
  if (isSame) return 'unchanged';
  if (before.leftOut || !isSameContent(before.content, after.content)) return 'updated';
  return before.parentId === after.parentId ? 'attributes' : 'moved';
}

function isSameContent(a: ContentRef | undefined, b: ContentRef | undefined): boolean {
  if (!a || !b) return a === b;
  return a.bytes === b.bytes && Buffer.compare(a.sha256, b.sha256) === 0;
}
