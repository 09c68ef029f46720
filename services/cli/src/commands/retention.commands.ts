import { jobView, retentionVerdictView } from '@holdfast/contracts/api';
import { path } from '../api/path.js';
import { instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';
import { take } from './take.js';
import { followJob } from './follow-job.js';

/** `holdfast retention …`. */
export const retentionCommands: CommandGroup = (program, act) => {
  const retention = program.command('retention').description('which snapshots stay, and why');
  retention
    .command('run')
    .description("let go of snapshots that the set's retention does not keep")
    .argument('[set]', 'name or id of the backup set')
    .option('--dry-run', 'say what would stay and go, and let nothing go')
    .option('--watch', 'wait until it has ended, then say what it did')
    .action(act(start));
  retention
    .command('show')
    .description('show what the newest retention said of each snapshot, and why those went that were let go')
    .argument('[set]', 'name or id of the backup set')
    .option('--going', 'only what goes, and what went')
    .option('--limit <count>', 'rows at most', countFrom, 500)
    .action(act(show));
};

async function start(
  session: Session,
  text: string | undefined,
  options: { readonly dryRun?: boolean; readonly watch?: boolean },
): Promise<void> {
  const set = await session.backupSet(text);
  const at = await session.below(path`backup-sets/${set}/retention-jobs`);
  const job = await session.api.post(at, jobView, { dryRun: options.dryRun === true });
  await followJob(session, job, { watch: options.watch, later: `What it says: holdfast retention show ${set}` });
}

async function show(
  session: Session,
  text: string | undefined,
  { going, limit }: { readonly going?: boolean; readonly limit: number },
): Promise<void> {
  const set = await session.backupSet(text);
  const at = await session.below(path`backup-sets/${set}/retention-verdicts?pageSize=1000`);
  const { rows, isMore } = await take(wanted(session.api.rows(at, retentionVerdictView), going === true), limit);
  session.print.table(
    rows,
    [
      ['RESOURCE', (row) => row.resourceId],
      ['NUMBER', (row) => row.number],
      ['AS OF', (row) => instantInWords(row.jobStartedAtMs)],
      ['SNAPSHOT', (row) => row.snapshotId.slice(0, 12)],
      ['WENT', (row) => instantInWords(row.wentAtMs)],
      ['VERDICT', (row) => row.explanation],
    ],
    'No retention has run yet. Try one: holdfast retention run --dry-run --watch',
  );
  if (isMore) session.print.note(`There are more than ${limit} rows: raise --limit.`);
}

async function* wanted<Row extends { readonly stays: boolean }>(
  rows: AsyncIterable<Row>,
  onlyGoing: boolean,
): AsyncGenerator<Row> {
  for await (const row of rows) if (!onlyGoing || !row.stays) yield row;
}
