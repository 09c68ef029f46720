import { legalHoldView, placedLegalHold, type HeldSubject, type LegalHoldView } from '@holdfast/contracts/api';
import { path, query } from '../api/path.js';
import { UsageError } from '../failure.js';
import { instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';
import { take } from './take.js';

interface Subject {
  readonly set?: string;
  readonly account?: string;
  readonly resource?: string;
}

/** `holdfast hold …`. */
export const holdCommands: CommandGroup = (program, act) => {
  const hold = program.command('hold').description('legal holds: what no retention may let go of');
  hold
    .command('place')
    .description('keep all that can be restored of a set, an account or a resource until the hold is lifted')
    .option('--set <set>', 'name or id of a backup set')
    .option('--account <account>', 'address, name or id; mailbox and drive, in every set')
    .option('--resource <resource>', 'such as mail:ann@example.com, in every set')
    .requiredOption('--reason <text>', 'why, such as the number of the case')
    .action(act(place));
  hold
    .command('lift')
    .description('end a hold; it stays on record')
    .argument('<hold>', 'id of the hold, as `hold list` shows it')
    .action(act(lift));
  hold
    .command('list')
    .description('show the holds that stand')
    .option('--all', 'lifted ones too')
    .option('--limit <count>', 'rows at most', countFrom, 500)
    .action(act(list));
};

async function place(session: Session, { reason, ...named }: Subject & { readonly reason: string }): Promise<void> {
  const on = await subjectFrom(session, named);
  const { hold, warnings } = await session.api.post(await session.below('legal-holds'), placedLegalHold, {
    on,
    reason,
  });
  session.print.fields(hold, fieldsOf(hold));
  for (const warning of warnings) session.print.note(warning);
}

async function lift(session: Session, holdId: string): Promise<void> {
  const hold = await session.api.post(await session.below(path`legal-holds/${holdId}/lift`), legalHoldView);
  session.print.fields(hold, fieldsOf(hold));
}

async function list(
  session: Session,
  { all, limit }: { readonly all?: boolean; readonly limit: number },
): Promise<void> {
  const at = await session.below(`legal-holds${query({ pageSize: 200, withLifted: String(all === true) })}`);
  const { rows, isMore } = await take(session.api.rows(at, legalHoldView), limit);
  session.print.table(
    rows,
    [
      ['HOLD', (row) => row.holdId],
      ['ON', (row) => inWords(row.on)],
      ['PLACED', (row) => instantInWords(row.placedAtMs)],
      ['BY', (row) => row.placedBy],
      ['LIFTED', (row) => (row.liftedAtMs === undefined ? '' : instantInWords(row.liftedAtMs))],
      ['REASON', (row) => row.reason],
    ],
    'No legal hold stands. Place one: holdfast hold place --account ann@example.com --reason "Case 7"',
  );
  if (isMore) session.print.note(`There are more than ${limit} rows: raise --limit.`);
}

async function subjectFrom(session: Session, { set, account, resource }: Subject): Promise<HeldSubject> {
  if ([set, account, resource].filter((one) => one !== undefined).length !== 1)
    throw new UsageError('What is the hold on? Give one of --set, --account and --resource.');
  if (set !== undefined) return { kind: 'set', backupSetId: await session.backupSet(set) };
  if (account !== undefined) return { kind: 'account', accountId: await session.account(account) };
  return { kind: 'resource', resourceId: await session.resource(resource ?? '') };
}

const fieldsOf = (hold: LegalHoldView): [string, string | undefined][] => [
  ['Hold', hold.holdId],
  ['On', inWords(hold.on)],
  ['Reason', hold.reason],
  ['Placed', `${instantInWords(hold.placedAtMs)} by key ${hold.placedBy}`],
  ['Lifted', hold.liftedAtMs === undefined ? 'no' : `${instantInWords(hold.liftedAtMs)} by key ${hold.liftedBy}`],
];

function inWords(on: HeldSubject): string {
  switch (on.kind) {
    case 'set':
      return `set ${on.backupSetId}`;
    case 'account':
      return `account ${on.accountId}`;
    case 'resource':
      return on.resourceId;
  }
}
