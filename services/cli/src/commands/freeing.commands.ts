import {
  freeingReportView,
  type FreeingReportView,
  jobView,
  snapshotShareView,
  type WaitsFor,
} from '@holdfast/contracts/api';
import { path } from '../api/path.js';
import { bytesInWords, instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';
import { followJob } from './follow-job.js';
import { take } from './take.js';

/** `holdfast freeing …`. */
export const freeingCommands: CommandGroup = (program, act) => {
  const freeing = program.command('freeing').description('frees what nothing in a vault needs any more');
  freeing
    .command('run')
    .description("free what no snapshot in the set's vault needs")
    .argument('[set]', 'name or id of the backup set')
    .option('--dry-run', 'say what would be freed and why, and free nothing')
    .option('--watch', 'wait until it has ended, then say what it did')
    .action(act(start));
  freeing
    .command('show')
    .description('show what the newest space freeing said of the packs, and what still waits to be deleted')
    .argument('[set]', 'name or id of the backup set')
    .option('--snapshots', 'what each snapshot alone needs, as the newest dry run saw it, the largest first')
    .option('--limit <count>', 'rows at most', countFrom, 500)
    .action(act(show));
};

interface Shown {
  readonly snapshots?: boolean;
  readonly limit: number;
}

async function start(
  session: Session,
  text: string | undefined,
  options: { readonly dryRun?: boolean; readonly watch?: boolean },
): Promise<void> {
  const set = await session.backupSet(text);
  const at = await session.below(path`backup-sets/${set}/freeing-jobs`);
  const job = await session.api.post(at, jobView, { dryRun: options.dryRun === true });
  await followJob(session, job, { watch: options.watch, later: `What it says: holdfast freeing show ${set}` });
}

async function show(session: Session, text: string | undefined, { snapshots, limit }: Shown): Promise<void> {
  const set = await session.backupSet(text);
  if (snapshots === true) return showSnapshots(session, set, limit);
  const report = await session.api.get(await session.below(path`backup-sets/${set}/freeing-report`), freeingReportView);
  const names = report.waiting.length > 0 ? await session.knownDestinations() : new Map<string, string>();
  session.print.event(report, () => {
    if (report.decidedAtMs !== undefined)
      session.print.line(
        `${report.dryRun ? 'Dry run' : 'Space freeing'} of ${instantInWords(report.decidedAtMs)}, job ${report.jobId ?? ''}`,
      );
    session.print.table(
      report.shares,
      [
        ['VERDICT', ({ verdict }) => verdict],
        ['BECAUSE', ({ because }) => REASONS[because]],
        ['PACKS', ({ packs }) => packs],
        ['BYTES', ({ bytes }) => bytesInWords(bytes)],
        ['NEEDED', ({ neededBytes }) => bytesInWords(neededBytes)],
        ['LOCKED UNTIL', lockedInWords],
      ],
      'No space freeing has run yet. Try one: holdfast freeing run --dry-run --watch',
    );
    if (report.needed)
      session.print.line(
        `One snapshot alone needs ${bytesInWords(report.needed.byOne)} (which: holdfast freeing show ${set} --snapshots); ` +
          `several need ${bytesInWords(report.needed.bySeveral)}, freed when the last of them has gone`,
      );
    if (report.waitingObjects > 0)
      session.print.line(
        `Waiting to be deleted at destinations: ${report.waitingObjects} objects, ${bytesInWords(report.waitingBytes)}`,
      );
    for (const { destinationId, waitsFor, objects, bytes, untilMs } of report.waiting)
      session.print.line(
        `  ${names.get(destinationId) ?? destinationId}: ${objects}, ${bytesInWords(bytes)}, ${WAITS_FOR[waitsFor]}` +
          (untilMs === undefined ? '' : `, the last until ${instantInWords(untilMs)}`),
      );
    if (report.lockedUntilMs !== undefined)
      session.print.line(`Of these, destinations keep locked: ${lockedInWords(report)}`);
  });
}

async function showSnapshots(session: Session, set: string, limit: number): Promise<void> {
  const at = await session.below(path`backup-sets/${set}/freeing-report/snapshots?pageSize=1000`);
  const { rows, isMore } = await take(session.api.rows(at, snapshotShareView), limit);
  session.print.table(
    rows,
    [
      ['RESOURCE', (row) => row.resourceId],
      ['NUMBER', (row) => row.number],
      ['AS OF', (row) => instantInWords(row.jobStartedAtMs)],
      ['SNAPSHOT', (row) => row.snapshotId.slice(0, 12)],
      ['NEEDS ALONE', (row) => bytesInWords(row.bytes)],
    ],
    'Nothing is known of snapshots one by one: only a dry run looks at them, and a space freeing after it forgets that. Try one: holdfast freeing run --dry-run --watch',
  );
  if (isMore) session.print.note(`There are more than ${limit} rows: raise --limit.`);
}

/** How much stays for a lock, and until when the last of it; empty where nothing does. */
function lockedInWords({
  lockedBytes,
  lockedUntilMs,
}: Pick<FreeingReportView, 'lockedBytes' | 'lockedUntilMs'>): string {
  return lockedUntilMs === undefined ? '' : `${instantInWords(lockedUntilMs)} (${bytesInWords(lockedBytes)})`;
}

const WAITS_FOR = {
  lock: 'locked, or behind snapshots that are',
  unfinished: 'put by a space freeing that runs, or broke off',
  rest: 'for readers',
  copies: 'for copies that it lacks of what came before',
  snapshots: 'for snapshots that go first',
  'another-try': 'for another try: one did not succeed',
  turn: 'for storage to come to it',
} satisfies Record<WaitsFor, string>;

const REASONS = {
  recent: 'came while a task wrote',
  'in-use': 'an open task builds on it',
  'named-by-newest': 'the newest snapshot of a resource names it',
  needed: 'snapshots need most of it',
  'nothing-needed': 'no snapshot needs anything of it',
  'mostly-dead': 'snapshots need little of it',
  deleted: 'holds what was deleted on request, or may',
  small: 'it is small',
} as const;
