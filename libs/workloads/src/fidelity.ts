import type { ItemKind } from '@holdfast/vault';

/** One field of one kind of item that a restore cannot bring back through the interface, and why. docs/fidelity.md is generated from these. */
export interface FidelityEntry {
  readonly kind: ItemKind;
  /** The field as Graph names it; a part of a list as `attachments[reference]`. */
  readonly field: string;
  readonly happens: string;
  /** The page or observation that it rests on. */
  readonly source: string;
}
