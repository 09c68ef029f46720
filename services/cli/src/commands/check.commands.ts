import { affectedItemView, findingView, jobView, type AffectedItemView } from '@holdfast/contracts/api';
import type { Command } from 'commander';
import { path } from '../api/path.js';
import { UsageError } from '../failure.js';
import { bytesInWords, instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import type { Act } from './command-group.js';
import { take } from './take.js';
import { followJob } from './follow-job.js';

/** `holdfast vault check` and `vault findings`: by the server, while it goes on with its work. */
export function checkCommands(vault: Command, act: Act): void {
  vault
    .command('check')
    .description('check a vault against its destinations, and mend what is damaged from those that hold it whole')
    .argument('[vault]', 'id of the vault, or name or id of a backup set in it')
    .option('--quick', 'names and sizes (the default)')
    .option('--deep', 'every byte')
    .option('--sample <days>', 'the share that is due, so that daily runs read every byte in so many days', countFrom)
    .option('--destination <destination>', 'only this destination')
    .option('--watch', 'wait until it has ended, then say what it found')
    .action(act(start));
  vault
    .command('findings')
    .description('show what checks found wrong, and what became of it')
    .argument('[vault]', 'id of the vault, or name or id of a backup set in it')
    .option('--items', 'the items that need what no destination holds whole, in place of the objects')
    .option('--limit <count>', 'rows at most', countFrom, 500)
    .action(act(show));
}

interface CheckOptions {
  readonly quick?: boolean;
  readonly deep?: boolean;
  readonly sample?: number;
  readonly destination?: string;
  readonly watch?: boolean;
}

async function start(session: Session, text: string | undefined, options: CheckOptions): Promise<void> {
  const how = howOf(options);
  const vault = await session.vault(text);
  const at = await session.below(path`vaults/${vault}/checks`);
  const where =
    options.destination === undefined ? {} : { destinationId: await session.destination(options.destination) };
  const job = await session.api.post(at, jobView, { ...how, ...where });
  await followJob(session, job, { watch: options.watch, later: `What it finds: holdfast vault findings ${vault}` });
}

function howOf({ quick, deep, sample }: CheckOptions) {
  if ([quick === true, deep === true, sample !== undefined].filter(Boolean).length > 1)
    throw new UsageError('Give one of --quick, --deep and --sample.');
  if (sample !== undefined) return { mode: 'sample', days: sample };
  return { mode: deep === true ? 'deep' : 'quick' };
}

interface Shown {
  readonly items?: boolean;
  readonly limit: number;
}

async function show(session: Session, text: string | undefined, { items, limit }: Shown): Promise<void> {
  const vault = await session.vault(text);
  if (items === true) return showItems(session, vault, limit);
  const at = await session.below(path`vaults/${vault}/findings?pageSize=1000`);
  const { rows, isMore } = await take(session.api.rows(at, findingView), limit);
  session.print.table(
    rows,
    [
      ['FOUND', (row) => instantInWords(row.foundAtMs)],
      ['DESTINATION', (row) => row.destinationId],
      ['OBJECT', (row) => (row.object === '' ? 'all that came last' : row.object)],
      ['DAMAGE', (row) => row.damage],
      ['BYTES', (row) => bytesInWords(row.bytes)],
      ['STATE', (row) => row.state],
      ['AFFECTS', (row) => row.snapshots.map(({ resourceId, number }) => `${resourceId} #${number}`).join(', ')],
    ],
    'Checks have found nothing wrong. Run one: holdfast vault check --watch',
  );
  if (isMore) session.print.note(`There are more than ${limit} rows: raise --limit.`);
}

async function showItems(session: Session, vault: string, limit: number): Promise<void> {
  const at = await session.below(path`vaults/${vault}/affected-items?pageSize=200`);
  const { rows, isMore } = await take(session.api.rows(at, affectedItemView), limit);
  session.print.table(
    rows,
    [
      ['RESOURCE', (row) => row.resourceId],
      ['KIND', (row) => (row.itemId === '' ? 'listing' : row.kind)],
      ['SNAPSHOTS', snapshotsOf],
      ['DAYS', (row) => daysOf(row)],
      ['STATE', (row) => ITEM_STATES[row.state]],
      ['PATH', (row) => row.path.join(' / ')],
      ['ITEM', (row) => row.itemId],
    ],
    'The newest check found no item that needs what no destination holds whole.',
  );
  if (isMore) session.print.note(`There are more than ${limit} rows: raise --limit.`);
}

function snapshotsOf({ since, until }: AffectedItemView): string {
  return until ? `#${since.number} to #${until.number}` : `from #${since.number} on`;
}

function daysOf({ since, until }: AffectedItemView): string {
  const from = instantInWords(since.jobStartedAtMs);
  return until ? `${from} to ${instantInWords(until.jobStartedAtMs)}` : `since ${from}`;
}

const ITEM_STATES = {
  due: 'the next backup reads it anew',
  read: 'read anew, to be checked',
  past: 'of the past, cannot be had again',
} as const;
