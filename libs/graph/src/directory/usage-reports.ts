import { AppError, isAppError } from '@holdfast/kernel';
import { parse } from 'csv-parse';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { IDENTITY_COST } from '../budget/buckets.js';
import type { GraphClient } from '../graph-client.js';
import { unexpectedAnswer } from '../http/error-body.js';
import { download } from '../transfer/download.js';

/** What one account has of a workload, as Microsoft counted it on a day, mostly two days ago. */
export interface AccountUsage {
  /** In lower case; 32 hexadecimal digits in place of it where the tenant conceals names in reports. */
  readonly principalName: string;
  /** Items of a mailbox, of all kinds; files of a drive. */
  readonly items: number;
  readonly bytes: number;
  /** `2026-11-27`. */
  readonly day: string;
}

export type UsageOf = 'mail' | 'drive';

interface Report {
  readonly path: string;
  readonly name: string;
  readonly items: string;
}

const BYTES = 'Storage Used (Byte)';
const DAY = 'Report Refresh Date';
const DELETED = 'Is Deleted';

const REPORTS: Readonly<Record<UsageOf, Report>> = {
  mail: { path: "/reports/getMailboxUsageDetail(period='D7')", name: 'User Principal Name', items: 'Item Count' },
  drive: {
    path: "/reports/getOneDriveUsageAccountDetail(period='D7')",
    name: 'Owner Principal Name',
    items: 'File Count',
  },
};

/**
 * Reads a usage report line by line; accounts that are gone are left out. Needs `Reports.Read.All`: GRAPH_DENIED without it. Microsoft
 * allows 14 such requests in ten minutes. [Graph documentation: api/reportroot-getmailboxusagedetail.md,
 * api/reportroot-getonedriveusageaccountdetail.md]
 */
export async function* readUsage(
  client: GraphClient,
  workload: UsageOf,
  signal?: AbortSignal,
): AsyncGenerator<AccountUsage> {
  const report = REPORTS[workload];
  const demand = { bucket: 'identity', cost: IDENTITY_COST.other } as const;
  const address = async (): Promise<string> => {
    const answer = await client.open({ path: report.path, demand }, signal).catch(refuse);
    await answer.discard();
    const { location } = answer.headers;
    if (typeof location !== 'string') throw unexpectedAnswer('a usage report is a redirect to where it lies');
    return location;
  };
  const lines = parse({ bom: true, columns: true, skip_empty_lines: true });
  const bytes = Readable.from(download(client, { address, bytes: undefined, demand }, signal));
  const reading = pipeline(bytes, lines);
  // Told where the lines are taken.
  reading.catch(() => undefined);
  for await (const line of lines as AsyncIterable<Readonly<Record<string, string>>>) {
    if (line[DELETED] === 'True') continue;
    yield {
      principalName: (line[report.name] ?? '').toLowerCase(),
      items: wholeNumber(line, report.items),
      bytes: wholeNumber(line, BYTES),
      day: line[DAY] ?? '',
    };
  }
  await reading;
}

function refuse(cause: unknown): never {
  if (!isAppError(cause, 'GRAPH_DENIED')) throw cause;
  throw new AppError(
    'GRAPH_DENIED',
    "The app may not read Microsoft's usage reports. Consent to its application permission Reports.Read.All to have them.",
    { cause },
  );
}

function wholeNumber(line: Readonly<Record<string, string>>, column: string): number {
  const text = line[column];
  if (text === undefined || !/^\d*$/.test(text))
    throw unexpectedAnswer(`the column ${column} of a usage report is a number`);
  return Number(text);
}
