import { GraphFailure } from '@holdfast/graph';

/** Microsoft's codes for a target that is full or that there is none. [libs/graph/src/graph-errors.ts] */
const TROUBLE: ReadonlySet<string> = new Set([
  'errorquotaexceeded',
  'quotalimitreached',
  'errorinvaliduser',
  'mailboxnotenabledforrestapi',
]);

/** Whether a refusal is about the target as a whole, so that the next item meets it too. */
export function isTargetTrouble(error: unknown): boolean {
  return error instanceof GraphFailure && (TROUBLE.has(error.graphCode) || error.status === 507);
}
