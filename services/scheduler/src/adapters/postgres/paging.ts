import { AppError } from '@holdfast/kernel';
import type { Page } from '../../app/jobs.port.js';

/** Cuts `size` rows off a query for one row more, whose presence shows that another page follows. */
export function pageOf<Row>(
  rows: readonly Row[],
  size: number,
  keyOf: (row: Row) => readonly (string | number)[],
): Page<Row> {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  if (rows.length <= size || last === undefined) return { rows: shown };
  return { rows: shown, next: Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') };
}

/** The key parts of a page token; INVALID_ARGUMENT for a token that this list did not give out. */
export function readPageToken(token: string, parts: number): readonly string[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(key) && key.length === parts) return key.map(String);
  } catch {
    // Falls through to the one message for every kind of broken token.
  }
  throw new AppError(
    'INVALID_ARGUMENT',
    'pageToken has to be one that the previous page gave. Start again without it.',
    {
      context: { field: 'pageToken', rule: 'given by the previous page' },
    },
  );
}
