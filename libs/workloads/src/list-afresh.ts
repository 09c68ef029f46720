import type { Cursor } from './reader.port.js';

/** Stands in a cursor for a scope that is known and has to be listed from its start. */
export const AFRESH = '';

/** The cursor with these scopes, or all, to be listed afresh. It still knows them: one that went meanwhile is told of as gone. */
export function listAfresh(cursor: Cursor, scopes: readonly string[] = Object.keys(cursor)): Cursor {
  return { ...cursor, ...Object.fromEntries(scopes.map((scope) => [scope, AFRESH])) };
}
