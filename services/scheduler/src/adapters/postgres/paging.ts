import { AppError } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { Page } from '../../app/jobs.port.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
/** Fifteen digits of milliseconds are some thirty thousand years. */
const MILLISECONDS = /^\d{1,15}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
    if (Array.isArray(key) && key.length === parts && key.every(isPart)) return key.map(String);
  } catch {
    // Falls through to the one message for every kind of broken token.
  }
  throw notGivenOut();
}

/** PostgreSQL keeps no text with a NUL in it. */
const isPart = (part: unknown): boolean =>
  typeof part === 'number' || (typeof part === 'string' && !part.includes('\0'));

/** Parts of a page token that are milliseconds since the epoch, and the id of what began then. */
export function readMillisecondToken(token: string): readonly [atMs: number, id: string] {
  const [atMs = '', id = ''] = readPageToken(token, 2);
  if (MILLISECONDS.test(atMs) && UUID.test(id)) return [Number(atMs), id];
  throw notGivenOut();
}

/** Parts of a page token that are an instant, to the microsecond as PostgreSQL keeps it, and the id of what began then. */
export function readInstantToken(token: string): readonly [at: string, id: string] {
  const [at = '', id = ''] = readPageToken(token, 2);
  if (INSTANT.test(at) && isOnCalendar(at) && UUID.test(id)) return [at, id];
  throw notGivenOut();
}

/** What is no day or no time of day is moved to one that is, or is none at all. */
function isOnCalendar(at: string): boolean {
  const read = new Date(at);
  return !Number.isNaN(read.getTime()) && at.startsWith(read.toISOString().slice(0, -1));
}

/** A column of instants as a page token holds it. */
export const instantInToken = (column: string) =>
  sql<string>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

function notGivenOut(): AppError {
  return new AppError(
    'INVALID_ARGUMENT',
    'pageToken has to be one that the previous page gave. Start again without it.',
    {
      context: { field: 'pageToken', rule: 'given by the previous page' },
    },
  );
}
