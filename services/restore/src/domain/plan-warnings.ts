import type { ItemKind } from '@holdfast/vault';

/** One thing that Microsoft's interface cannot carry. */
export interface Loss {
  readonly kind: ItemKind;
  /** As Graph names it. */
  readonly field: string;
  readonly happens: string;
}

/** What the service keeps for itself and nobody misses. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'id',
  'changeKey',
  'eTag',
  'cTag',
  'webUrl',
  'attachments.id',
  'singleValueExtendedProperties',
]);

/** The warnings of a plan that makes items of these kinds and leaves others out for these causes. */
export function planWarnings(
  losses: readonly Loss[],
  made: ReadonlySet<ItemKind>,
  leftOut: ReadonlySet<string>,
): string[] {
  const felt = losses.filter(({ kind, field }) => made.has(kind) && !BOOKKEEPING.has(field));
  const words = felt.map(({ kind, field, happens }) => `${kind}, ${field}: ${happens}`);
  if (leftOut.size === 0) return words;
  const causes = [...leftOut].sort().join(', ');
  return [...words, `Some items have nothing in the backup that could be restored and are left out (${causes}).`];
}
