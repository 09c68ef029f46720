import type { ExceptionView } from '@holdfast/contracts/api';
import { stringify } from 'csv-stringify';
import { Readable } from 'node:stream';

const COLUMNS: Readonly<Record<string, (row: ExceptionView) => string | number | undefined>> = {
  workload: ({ workload }) => workload,
  resource: ({ resourceId }) => resourceId,
  outcome: ({ outcome }) => outcome,
  severity: ({ severity }) => severity,
  kind: ({ kind }) => kind,
  path: ({ path }) => path.join('/'),
  item: ({ itemId }) => itemId,
  code: ({ code }) => code,
  reason: ({ reason }) => reason,
  at: ({ atMs }) => (atMs === undefined ? undefined : new Date(atMs).toISOString()),
  attempts: ({ attempts }) => attempts,
  'at source': ({ atSource }) => atSource,
  'in snapshot': ({ inSnapshot }) => inSnapshot,
};

/**
 * Exceptions as CSV (RFC 4180, UTF-8 with a mark, as spreadsheets expect it), row by row. Names are the customer's own, and anybody may
 * send a mail: a cell that a spreadsheet would take for a formula begins with an apostrophe.
 */
export function exceptionTable(rows: AsyncIterable<ExceptionView>): Readable {
  const table = stringify({
    bom: true,
    header: true,
    columns: Object.keys(COLUMNS),
    record_delimiter: 'windows',
    escape_formulas: true,
  });
  return Readable.from(cellsOf(rows)).compose(table);
}

async function* cellsOf(rows: AsyncIterable<ExceptionView>): AsyncGenerator<readonly (string | number)[]> {
  for await (const row of rows) yield Object.values(COLUMNS).map((cell) => harmless(cell(row) ?? ''));
}

/** A line break or a tab in front would hide a formula from the guard. */
function harmless(cell: string | number): string | number {
  return typeof cell === 'number' ? cell : cell.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
