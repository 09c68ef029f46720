import type { AuditEntry } from './audit-entry.js';

/** What was done to a trail after it was written. */
export type AuditFaultKind = 'changed' | 'removed' | 'inserted' | 'reordered' | 'cut-off' | 'rewritten';

/** The first place where it shows: the number of an entry, which `removed` and `cut-off` miss. */
export interface AuditFault {
  readonly kind: AuditFaultKind;
  readonly number: number;
}

/** What the next entry has to bear. */
export interface NextEntry {
  readonly number: number;
  readonly previousHash: string;
}

/** What can be found out about an entry that does not fit. */
export interface Clues {
  /** Another entry bears the previous hash that is due here: it is the one that was written next. */
  readonly isNextElsewhere: boolean;
  /** The number with which the entry has its own hash; undefined when there is none near, because something else was changed too. */
  readonly trueNumber: number | undefined;
}

/** Whether an entry is what was written behind the one before. */
export function fits(due: NextEntry, entry: AuditEntry & { readonly hash: string }, hash: string): boolean {
  return entry.number === due.number && entry.previousHash === due.previousHash && entry.hash === hash;
}

/**
 * Names what was done where an entry does not fit. Somebody who changes or puts in an entry may have given it a hash that is right in
 * itself: then it is the entry behind it that does not fit, and the fault is the one before.
 */
export function faultAt(due: NextEntry, entry: AuditEntry, { isNextElsewhere, trueNumber }: Clues): AuditFault {
  const here = due.number;
  if (entry.number !== here) return { kind: 'removed', number: here };
  const isMoved = trueNumber !== undefined && trueNumber !== here;
  if (isNextElsewhere) return { kind: isMoved ? 'reordered' : 'inserted', number: here };
  if (entry.previousHash === due.previousHash) return { kind: 'changed', number: here };
  if (trueNumber === here) return { kind: 'changed', number: Math.max(1, here - 1) };
  if (trueNumber === undefined) return { kind: 'changed', number: here };
  return trueNumber > here ? { kind: 'removed', number: here } : { kind: 'inserted', number: here - 1 };
}
