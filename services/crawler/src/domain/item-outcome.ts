import type { ItemRecord } from '@holdfast/vault';

/** What became of one item between the parent snapshot and this one, as a report counts it. */
export const ITEM_OUTCOMES = [
  'new',
  'updated',
  'attributes-changed',
  'moved',
  'deleted',
  'unchanged',
  'skipped',
] as const;
export type ItemOutcome = (typeof ITEM_OUTCOMES)[number];

/** The record property that names why an item is kept without its content. */
export const SKIP_PROPERTY = 'skipCause';

/** The cause for which the item's content is not stored; undefined for an item that is whole. */
export function skipCauseOf(record: ItemRecord): string | undefined {
  const cause = record.properties[SKIP_PROPERTY];
  return typeof cause === 'string' ? cause : undefined;
}

/**
 * The outcome of one item; undefined when neither snapshot has it. An item whose content and place both changed counts as
 * updated, one whose place and other properties changed as moved: the greater change names the outcome.
 */
export function itemOutcome(before: ItemRecord | undefined, after: ItemRecord | undefined): ItemOutcome | undefined {
  if (!after) return before && 'deleted';
  if (skipCauseOf(after) !== undefined) return 'skipped';
  if (!before) return 'new';
  if (before === after || isSameTag(before, after)) return 'unchanged';
  if (!isSameContent(before, after)) return 'updated';
  return before.parentId === after.parentId ? 'attributes-changed' : 'moved';
}

const isSameTag = (before: ItemRecord, after: ItemRecord) =>
  before.changeTag !== undefined &&
  before.changeTag === after.changeTag &&
  before.parentId === after.parentId &&
  isSameContent(before, after);

function isSameContent({ content: one }: ItemRecord, { content: other }: ItemRecord): boolean {
  if (!one || !other) return one === other;
  return Buffer.compare(one.sha256, other.sha256) === 0;
}
