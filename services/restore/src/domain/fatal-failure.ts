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
