import {
  jobEventView,
  jobReportView,
  jobView,
  logRowView,
  resourceReportView,
  taskView,
  type JobReportView,
  type JobView,
} from '@holdfast/contracts/api';
import { path, query } from '../api/path.js';
import { showExceptions, type ExceptionOptions } from './show-exceptions.js';
import { bytesInWords, countInWords, instantInWords, spanInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';
import { take } from './take.js';

/** `holdfast job …`. */
export const jobCommands: CommandGroup = (program, act) => {
  const job = program.command('job').description('jobs, their reports and their logs');
  job
    .command('list')
    .description('list jobs, newest first')
    .option('--set <set>', 'only of this backup set')
    .option('--limit <count>', 'rows at most', countFrom, 50)
    .action(
      act(async (session, options: { set?: string; limit: number }) => {
        const backupSetId = options.set === undefined ? undefined : await session.backupSet(options.set);
        const at = await session.below(`jobs${query({ backupSetId, pageSize: Math.min(200, options.limit) })}`);
        const { rows } = await take(session.api.rows(at, jobView), options.limit);
        session.print.table(
          rows,
          [
            ['STARTED', (row) => instantInWords(row.startedAtMs)],
            ['ID', (row) => row.jobId],
            ['KIND', (row) => row.kind],
            ['STATE', (row) => row.state],
            ['RESOURCES', (row) => `${row.tasksFinished}/${row.tasksTotal}`],
            ['TOOK', took],
          ],
          'There is no job yet. Start one: holdfast backup run',
        );
      }),
    );
  job
    .command('show')
    .description('show a job')
    .argument('<job>', 'id of the job')
    .option('--tasks', 'with its tasks')
    .action(act(show));
  job
    .command('report')
    .description('show what a job did: items and bytes by outcome, savings, requests')
    .argument('<job>', 'id of the job')
    .option('--resources', 'by resource')
    .action(
      act((session, jobId: string, options: { resources?: boolean }) =>
        options.resources === true ? showResources(session, jobId) : showReport(session, jobId),
      ),
    );
  job
    .command('log')
    .description("show a job's log; with --resource, what became of items that were not simply stored")
    .argument('<job>', 'id of the job')
    .option('--severity <kind>', 'only info, warning or error')
    .option('--resource <resource>', 'mail:ADDRESS, drive:ADDRESS or a resource id')
    .option('--limit <count>', 'rows at most', countFrom, 500)
    .action(
      act((session, jobId: string, options: LogOptions) =>
        options.resource === undefined
          ? showEvents(session, jobId, options)
          : showItemLog(session, jobId, options.resource, options.limit),
      ),
    );
  job
    .command('exceptions')
    .description('name every exception of a job over all its resources, and what no interface covers')
    .argument('<job>', 'id of the job')
    .option('--outcome <kind>', 'only failed, owed, unexplained, skipped, excluded, vanished or not-covered')
    .option('--workload <kind>', 'only mail or drive')
    .option('--severity <kind>', 'only info, warning or error')
    .option('--csv', 'all of them as CSV, safe for spreadsheets')
    .option('--limit <count>', 'rows at most; with --json or --csv there is no limit but this one', countFrom)
    .action(act((session, jobId: string, options: ExceptionOptions) => showExceptions(session, jobId, options)));
};

interface LogOptions {
  readonly severity?: string;
  readonly resource?: string;
  readonly limit: number;
}

async function show(session: Session, jobId: string, options: { readonly tasks?: boolean }): Promise<void> {
  const at = await session.below(path`jobs/${jobId}`);
  const job = await session.api.get(at, jobView);
  if (options.tasks !== true) {
    session.print.fields(job, fieldsOfJob(job));
    return;
  }
  const tasks = await Array.fromAsync(session.api.rows(`${at}/tasks?pageSize=200`, taskView));
  const failures = await calledOf(session, tasks, (row) => row.lastErrorMessage);
  session.print.table(
    tasks,
    [
      ['RESOURCE', (row) => row.resourceId],
      ['STATE', (row) => row.state],
      ['ITEMS', (row) => countInWords(row.progress.itemsDone)],
      ['READ', (row) => bytesInWords(row.progress.bytesDone)],
      ['TRIES', (row) => row.attempts],
      ['LAST FAILURE', (row) => failures.get(row)],
    ],
    'The job has no tasks.',
  );
}

/** What the server says of each row, with destinations by their names; the rows stay as they are for JSON. */
async function calledOf<Row>(
  session: Session,
  rows: readonly Row[],
  wordsOf: (row: Row) => string | undefined,
): Promise<ReadonlyMap<Row, string>> {
  const called = new Map<Row, string>();
  for (const row of rows) called.set(row, await session.calling(wordsOf(row) ?? ''));
  return called;
}

async function showResources(session: Session, jobId: string): Promise<void> {
  const at = await session.below(path`jobs/${jobId}/resource-reports`);
  const rows = await Array.fromAsync(session.api.rows(`${at}?pageSize=500`, resourceReportView));
  const failures = await calledOf(session, rows, (row) => row.errorMessage);
  session.print.table(
    rows,
    [
      ['RESOURCE', (row) => row.resourceId],
      ['OUTCOME', (row) => row.outcome],
      ['NEW', (row) => row.counts.newItems.items],
      ['UPDATED', (row) => row.counts.updated.items],
      ['DELETED', (row) => row.counts.deleted.items],
      ['SKIPPED', (row) => row.counts.skipped.items],
      ['OWED', (row) => row.counts.owed.items],
      ['STORED', (row) => bytesInWords(row.counts.storedBytes)],
      ['FAILURE', (row) => failures.get(row)],
    ],
    'No resource has ended yet.',
  );
}

async function showEvents(session: Session, jobId: string, { severity, limit }: LogOptions): Promise<void> {
  const at = await session.below(path`jobs/${jobId}/events` + query({ severity, pageSize: Math.min(500, limit) }));
  const { rows, isMore } = await take(session.api.rows(at, jobEventView), limit);
  const messages = await calledOf(session, rows, (row) => row.message);
  session.print.table(
    rows,
    [
      ['TIME', (row) => instantInWords(row.atMs)],
      ['SEVERITY', (row) => row.severity],
      ['RESOURCE', (row) => row.resourceId],
      ['WHAT', (row) => messages.get(row)],
    ],
    'The log has no such line.',
  );
  if (isMore) session.print.note(`There are more than ${limit} lines: raise --limit.`);
}

async function showItemLog(session: Session, jobId: string, text: string, limit: number): Promise<void> {
  const resource = await session.resource(text);
  const at = await session.below(path`jobs/${jobId}/resources/${resource}/log?pageSize=500`);
  const { rows, isMore } = await take(session.api.rows(at, logRowView), limit);
  session.print.table(
    rows,
    [
      ['OUTCOME', (row) => row.outcome],
      ['CAUSE', (row) => row.cause],
      ['WHERE', (row) => row.path],
      ['ITEM', (row) => row.itemId],
    ],
    'Every item of the resource was simply stored.',
  );
  if (isMore) session.print.note(`There are more than ${limit} rows: raise --limit.`);
}

/** A job's report as a table of outcomes, or what it did to a vault, and the figures below it. */
export async function showReport(session: Session, jobId: string): Promise<void> {
  const report = await session.api.get(await session.below(path`jobs/${jobId}/report`), jobReportView);
  const names = await destinationNames(session, report);
  const warnings = await Promise.all(report.warnings.map((warning) => session.calling(warning)));
  const { print } = session;
  print.event(report, () => {
    if (report.housekeeping.length > 0) printHousekeeping(session, report, names);
    else printOutcomes(session, report);
    print.fields(report, figuresOf(report));
    for (const warning of warnings) print.line(`Warning: ${warning}`);
  });
}

function printOutcomes({ print }: Session, report: JobReportView): void {
  print.table(
    outcomesOf(report),
    [
      ['OUTCOME', ([name]) => name],
      ['ITEMS', ([, tally]) => countInWords(tally.items)],
      ['BYTES', ([, tally]) => bytesInWords(tally.originalBytes)],
    ],
    'Nothing was looked at.',
  );
  for (const { cause, items } of report.skippedByCause) print.line(`  skipped: ${cause}: ${countInWords(items)}`);
}

/** What a job that keeps a vault in order did. */
export async function showHousekeeping(session: Session, jobId: string): Promise<void> {
  const report = await session.api.get(await session.below(path`jobs/${jobId}/report`), jobReportView);
  const names = await destinationNames(session, report);
  session.print.event(report, () => printHousekeeping(session, report, names));
}

/** What the report's destinations are called; one that was deleted since goes by its id. */
async function destinationNames(
  session: Session,
  { destinations }: JobReportView,
): Promise<ReadonlyMap<string, string>> {
  return destinations.length === 0 ? new Map() : session.knownDestinations();
}

function printHousekeeping({ print }: Session, report: JobReportView, names: ReadonlyMap<string, string>): void {
  const { housekeeping, destinations } = report;
  for (const { cause, items } of inOrder(housekeeping))
    print.line(
      `${HOUSEKEEPING_WORDS[cause] ?? cause}: ${cause.startsWith('bytes') ? bytesInWords(items) : countInWords(items)}`,
    );
  const ids = [...names.keys()];
  const inTheirOrder = destinations.toSorted(
    (one, other) => ids.indexOf(one.destinationId) - ids.indexOf(other.destinationId),
  );
  for (const { destinationId, counts } of inTheirOrder) {
    const said = inOrder(counts).map(
      ({ cause, items }) => `${HOUSEKEEPING_WORDS[cause] ?? cause}: ${countInWords(items)}`,
    );
    print.line(`${names.get(destinationId) ?? destinationId}: ${said.join(', ')}`);
  }
}

/** In the order of their words here: a database keeps none. */
function inOrder(counts: JobReportView['housekeeping']): JobReportView['housekeeping'] {
  const place = ({ cause }: { readonly cause: string }) => Object.keys(HOUSEKEEPING_WORDS).indexOf(cause);
  return counts.toSorted((one, other) => place(one) - place(other));
}

const HOUSEKEEPING_WORDS: Readonly<Record<string, string>> = {
  snapshotsKept: 'Snapshots that stay',
  snapshotsRetired: 'Snapshots that go',
  snapshotsRemoved: 'Snapshots removed on request',
  resourcesRemoved: 'Resources removed on request',
  itemsRemoved: 'Items removed on request',
  snapshotsRewritten: 'Snapshots made anew',
  snapshotsMarked: 'Snapshots whose data is kept',
  snapshotsInUse: 'Of these let go, and still read or built on',
  packsToErase: 'Packs left with bytes of what was deleted',
  packsKept: 'Packs that stay',
  packsFreed: 'Packs that nothing needs',
  packsRepacked: 'Packs copied into fewer',
  bytesFreed: 'Bytes freed',
  packsToFree: 'Packs that nothing needs, would be freed',
  packsToRepack: 'Packs that would be copied into fewer',
  bytesToFree: 'Bytes that would be freed',
  objects: 'Objects looked at',
  packs: 'Packs',
  chunks: 'Chunks',
  snapshots: 'Snapshots',
  sets: 'Backup sets brought back',
  jobs: 'Jobs brought back',
  packsDamaged: 'Packs left out, damaged',
  snapshotsDamaged: 'Snapshots left out, damaged',
  snapshotsIncomplete: 'Snapshots left out, packs of theirs are missing',
  notesDamaged: 'Notes of sets and jobs left out, damaged',
  keysDamaged: 'Header, keys and generations left out, damaged',
  copiesToMend: 'Damaged objects that another destination holds whole, mended from there',
  packsTaken: 'packs taken',
  snapshotsTaken: 'snapshots taken',
  setsTaken: 'sets taken',
  jobsTaken: 'jobs taken',
  damagedHere: 'damaged',
  packsBehind: 'packs it lacks, being copied to it',
  setsWithoutDefinition: 'Sets that have snapshots and are not described',
  objectsExpected: 'Objects that have to be there',
  objectsChecked: 'Objects checked',
  bytesExpected: 'Bytes that have to be there',
  bytesRead: 'Bytes read and found right',
  objectsUnread: 'Not given by a destination that answers',
  objectsMissing: 'Missing',
  objectsShort: 'Too short',
  objectsLong: 'Too long',
  objectsAltered: 'Altered',
  indexCorrected: 'Packs whose entries in the index were wrong',
  objectsUnknown: 'Objects that the index does not know',
  objectsMended: 'Mended',
  objectsOpen: 'Not mended yet',
  objectsQuarantined: 'Without any good copy',
  snapshotsAffected: 'Snapshots that may be affected',
  resourcesAffected: 'Resources that need what no destination holds whole (holdfast vault findings --items)',
  itemsAffected: 'Items that need what no destination holds whole',
  itemsDue: 'Of these, read anew by the next backup',
  resourcesDue: 'Resources that the next backup reads anew as a whole',
  destinationsOld: 'Destinations that show an old state',
  destinationsUnreached: 'Destinations that did not answer',
  packsCorrected: 'Packs whose counts were corrected',
  chunksOff: 'Chunks counted too many or too few',
  bytesOff: 'Bytes counted too many or too few',
  sampleDays: 'Days in which daily samples read everything',
  objectsInShare: "Objects of the day's share",
  bytesInShare: "Bytes of the day's share",
  daysUntilAllRead: 'Days until everything will have been read',
};

function outcomesOf(report: JobReportView) {
  return [
    ['new', report.newItems],
    ['updated', report.updated],
    ['attributes changed', report.attributesChanged],
    ['moved', report.moved],
    ['deleted', report.deleted],
    ['unchanged', report.unchanged],
    ['skipped', report.skipped],
    ['owed', report.owed],
  ] as const;
}

function figuresOf(report: JobReportView): readonly (readonly [string, string])[] {
  const { originalBytes, newBytes, storedBytes, deduplicatedBytes } = report;
  const ratio = newBytes === 0 ? '' : ` (${((100 * storedBytes) / newBytes).toFixed(0)} % of what was new)`;
  const end = report.finishedAtMs;
  return [
    ['State', report.state],
    ['Took', end === undefined ? 'still running' : spanInWords(end - report.startedAtMs)],
    ['Read', bytesInWords(originalBytes)],
    ['Stored', `${bytesInWords(storedBytes)}${ratio}`],
    ['Known already', bytesInWords(deduplicatedBytes)],
    ['Requests', `${countInWords(report.requests)}, throttled ${countInWords(report.throttled)}`],
    ['Resources', `${report.resources}, failed ${report.resourcesFailed}`],
    ['Unexplained', report.unexplained === 0 ? '' : `${report.unexplained} folders`],
  ];
}

/** A job, a field on each line. */
export function fieldsOfJob(job: JobView): readonly (readonly [string, string | undefined])[] {
  return [
    ['Job', job.jobId],
    ['Kind', job.kind],
    ['State', job.state],
    ['Started', instantInWords(job.startedAtMs)],
    ['Took', took(job)],
    ['Resources', `${job.tasksFinished}/${job.tasksTotal}`],
    ['Set', job.backupSetId],
    ['Plan', job.planId],
    ['Started by itself after', job.afterJobId],
    ['Warnings', job.warnings.join(' · ')],
  ];
}

function took({ startedAtMs, finishedAtMs }: JobView): string {
  return finishedAtMs === undefined ? '' : spanInWords(finishedAtMs - startedAtMs);
}
