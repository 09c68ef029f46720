import { exceptionView, type ExceptionView } from '@holdfast/contracts/api';
import { path, query } from '../api/path.js';
import { UsageError } from '../failure.js';
import type { Session } from '../session.js';
import { take } from './take.js';

/** Rows of a table for people when no limit is given. */
const SHOWN = 500;
const PAGE = 500;

export interface ExceptionOptions {
  readonly outcome?: string;
  readonly workload?: string;
  readonly severity?: string;
  readonly csv?: boolean;
  readonly limit?: number;
}

/** Shows what a job could not protect as it should: a table, a line of JSON for each, or CSV; the last two as they come. */
export async function showExceptions(session: Session, jobId: string, options: ExceptionOptions): Promise<void> {
  const { outcome, workload, severity, csv, limit } = options;
  const filter = { outcome, workload, severity };
  if (csv === true) {
    if (limit !== undefined || session.print.isJson) throw new UsageError('--csv goes without --limit and --json.');
    await writeTable(session, (await session.below(path`jobs/${jobId}/exceptions.csv`)) + query(filter));
    return;
  }
  const at = (await session.below(path`jobs/${jobId}/exceptions`)) + query({ ...filter, pageSize: PAGE });
  const rows = session.api.rows(at, exceptionView);
  if (session.print.isJson) await writeLines(session, rows, limit ?? Infinity);
  else await drawTable(session, rows, limit ?? SHOWN);
}

async function writeTable({ api, around }: Session, at: string): Promise<void> {
  const { body } = await api.download(at);
  for await (const piece of body)
    await new Promise<void>((done, fail) => around.stdout.write(piece, (error) => (error ? fail(error) : done())));
}

async function writeLines({ print }: Session, rows: AsyncIterable<ExceptionView>, limit: number): Promise<void> {
  let written = 0;
  for await (const row of rows) {
    if (written === limit) return;
    print.event(row, () => undefined);
    written += 1;
  }
}

async function drawTable({ print }: Session, all: AsyncIterable<ExceptionView>, limit: number): Promise<void> {
  const { rows, isMore } = await take(all, limit);
  print.table(
    rows,
    [
      ['SEVERITY', (row) => row.severity],
      ['OUTCOME', (row) => row.outcome],
      ['RESOURCE', (row) => row.resourceId ?? row.workload],
      ['WHERE', (row) => (row.path.length > 0 ? row.path.join('/') : row.kind)],
      ['CAUSE', causeOf],
    ],
    'The job has no such exception.',
  );
  if (isMore) print.note(`There are more than ${limit} exceptions: raise --limit, or take --csv or --json.`);
}

function causeOf({ code, atSource, inSnapshot }: ExceptionView): string {
  return atSource === undefined ? code : `${code}: ${atSource} at the service, ${inSnapshot} here`;
}
