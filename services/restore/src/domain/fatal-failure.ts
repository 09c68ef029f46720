import { isAppError, type ErrorCode } from '@holdfast/kernel';

/** Failures that have nothing to do with the one item at hand: the task cannot go on. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'STOPPED',
  'GRANT_REFUSED',
  'SIGN_IN_FAILED',
  'TENANT_SUSPENDED',
  'DEPENDENCY_UNAVAILABLE',
  'PACKS_LOST',
  'STORE_UNAVAILABLE',
  'STORE_DENIED',
  'KEY_WRONG',
  'VAULT_UNSUPPORTED',
]);

/** Whether a failure ends the task's run rather than one step. */
export function isFatal(error: unknown): boolean {
  return isAppError(error) && FATAL.has(error.code);
}

/** Failures that lie in the one item at hand, in what stands in its place, or in how this program takes it: any number of them says nothing about the next item. */
const OWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFLICT',
  'ALREADY_EXISTS',
  'NOT_FOUND',
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'GRAPH_REJECTED',
  'GRAPH_NOT_FOUND',
  'CHUNK_NOT_FOUND',
  'CHUNK_CORRUPT',
  'VAULT_OBJECT_INVALID',
  'OBJECT_NOT_FOUND',
  'INTERNAL',
]);

/** Whether a failure is the item's own: it ends one step, however many steps before it failed as well. */
export function isItemsOwn(error: unknown): boolean {
  return !isAppError(error) || OWN.has(error.code);
}
