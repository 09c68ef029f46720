import { isAppError, type ErrorCode } from '@holdfast/kernel';

/** Failures that have nothing to do with the one item at hand: the task as a whole cannot go on. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'STOPPED',
  'GRANT_REFUSED',
  'SIGN_IN_FAILED',
  'TENANT_SUSPENDED',
  'DEPENDENCY_UNAVAILABLE',
  'PACKS_LOST',
  'STORE_UNAVAILABLE',
  'STORE_DENIED',
  'STORE_FULL',
  'STORE_REJECTED',
  'OBJECT_NOT_FOUND',
  'CHUNK_NOT_FOUND',
  'CHUNK_CORRUPT',
  'VAULT_OBJECT_INVALID',
  'VAULT_UNSUPPORTED',
  'KEY_WRONG',
]);

/** Whether a failure ends the task's run rather than leaving one item owed. */
export function isFatal(error: unknown): boolean {
  return isAppError(error) && FATAL.has(error.code);
}

/** Answers to what was asked about one item, and defects of this program that it brings to light: Microsoft is there, however many come in a row. */
const ITEMS_OWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'GRAPH_REJECTED',
  'GRAPH_NOT_FOUND',
  'CONFLICT',
  'INTERNAL',
]);

export function isItemsOwn(error: unknown): boolean {
  return !isAppError(error) || ITEMS_OWN.has(error.code);
}
