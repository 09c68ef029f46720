import {
  deletionAndWarnings,
  deletionCertificate,
  deletionStanding,
  deletionStatement,
  deletionView,
  jobView,
  type DeletionSubject,
  type DeletionView,
  type RemainingBytes,
} from '@holdfast/contracts/api';
import { writeFile } from 'node:fs/promises';
import { path, query } from '../api/path.js';
import { CommandFailed, UsageError } from '../failure.js';
import { bytesInWords, countInWords, instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { collect, countFrom } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';
import { followJob } from './follow-job.js';
import { take } from './take.js';

/** `holdfast deletion …`. */
export const deletionCommands: CommandGroup = (program, act) => {
  const deletion = program
    .command('deletion')
    .description('delete backup data on request, with the approval of two persons');
  deletion
    .command('request')
    .description('ask to delete all that a set has stored of an account, of a resource, or of items of one')
    .argument('[set]', 'name or id of the backup set')
    .option('--account <account>', 'address, name or id; mailbox and drive')
    .option('--resource <resource>', 'such as mail:ann@example.com')
    .option(
      '--item <id>',
      'with --resource: this item, or folder with everything below, alone; may be given often; ids as `browse` and `search` show them',
      collect,
    )
    .requiredOption('--reason <text>', 'why; stands in the certificate')
    .action(act(request));
  deletion
    .command('approve')
    .description('approve a request, once each; the second approval starts it')
    .argument('<deletion>', 'id of the request, as `deletion list` shows it')
    .action(act(approve));
  deletion.command('withdraw').description('withdraw a request').argument('<deletion>').action(act(withdraw));
  deletion
    .command('run')
    .description('start what was approved and could not begin, or was not finished')
    .argument('<deletion>')
    .option('--watch', 'wait until it has ended, then say what it did')
    .action(act(run));
  deletion
    .command('list')
    .description('show requests, newest first')
    .option('--limit <count>', 'rows at most', countFrom, 500)
    .action(act(list));
  deletion.command('show').description('show a request and what came of it').argument('<deletion>').action(act(show));
  deletion
    .command('certificate')
    .description('say under a signature what was removed, by whom, and how far its sealed bytes have gone')
    .argument('<deletion>')
    .option('--to <file>', 'a file that does not exist yet; it takes the certificate whole')
    .action(act(certificate));
};

interface Subject {
  readonly account?: string;
  readonly resource?: string;
  readonly item?: readonly string[];
}

async function request(
  session: Session,
  text: string | undefined,
  { reason, ...named }: Subject & { readonly reason: string },
): Promise<void> {
  const of = await subjectFrom(session, named);
  const set = await session.backupSet(text);
  const at = await session.below(path`backup-sets/${set}/deletions`);
  const { deletion, warnings } = await session.api.post(at, deletionAndWarnings, { of, reason });
  session.print.fields(deletion, fieldsOf(deletion));
  for (const warning of warnings) session.print.note(warning);
  session.print.note(`Two persons have to approve it: holdfast deletion approve ${deletion.deletionId}`);
}

async function approve(session: Session, id: string): Promise<void> {
  const answer = await session.api.post(await session.below(path`deletions/${id}/approvals`), deletionAndWarnings);
  session.print.fields(answer.deletion, fieldsOf(answer.deletion));
  for (const warning of answer.warnings) session.print.note(warning);
}

async function withdraw(session: Session, id: string): Promise<void> {
  const withdrawn = await session.api.post(await session.below(path`deletions/${id}/withdraw`), deletionView);
  session.print.fields(withdrawn, fieldsOf(withdrawn));
}

async function run(session: Session, id: string, { watch }: { readonly watch?: boolean }): Promise<void> {
  const job = await session.api.post(await session.below(path`deletions/${id}/jobs`), jobView);
  await followJob(session, job, { watch, later: `What it removed: holdfast deletion show ${id}` });
}

async function list(session: Session, { limit }: { readonly limit: number }): Promise<void> {
  const at = await session.below(`deletions${query({ pageSize: 200 })}`);
  const { rows, isMore } = await take(session.api.rows(at, deletionView), limit);
  session.print.table(
    rows,
    [
      ['DELETION', (row) => row.deletionId],
      ['OF', (row) => inWords(row.of)],
      ['STATE', (row) => row.state],
      ['APPROVALS', (row) => row.approvals.length],
      ['REQUESTED', (row) => instantInWords(row.requestedAtMs)],
      ['REASON', (row) => row.reason],
    ],
    'Nobody has asked to delete anything.',
  );
  if (isMore) session.print.note(`There are more than ${limit} rows: raise --limit.`);
}

async function show(session: Session, id: string): Promise<void> {
  const found = await session.api.get(await session.below(path`deletions/${id}`), deletionStanding);
  session.print.fields(found, [...fieldsOf(found), ...(found.bytes ? bytesOf(found.bytes) : [])]);
}

async function certificate(session: Session, id: string, { to }: { readonly to?: string }): Promise<void> {
  const whole = await session.api.get(await session.below(path`deletions/${id}/certificate`), deletionCertificate);
  const { deletion, bytes } = deletionStatement.parse(JSON.parse(whole.statement));
  if (to !== undefined) await write(to, `${JSON.stringify(whole, undefined, 2)}\n`);
  session.print.fields(whole, [
    ...fieldsOf(deletion),
    ...bytesOf(bytes),
    ['Signed by', whole.keyId],
    ['Written to', to],
  ]);
}

/** A certificate takes the place of no other file. */
async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailed(
      code === 'EEXIST'
        ? `${file} exists. Name a file that does not.`
        : `${file} cannot be written (${code ?? 'unknown'}).`,
    );
  }
}

async function subjectFrom(session: Session, { account, resource, item }: Subject): Promise<DeletionSubject> {
  if ((account === undefined) === (resource === undefined))
    throw new UsageError('What is to be deleted? Give one of --account and --resource.');
  if (account !== undefined && item) throw new UsageError('--item goes with --resource.');
  if (account !== undefined) return { kind: 'account', accountId: await session.account(account) };
  const resourceId = await session.resource(resource ?? '');
  return item ? { kind: 'items', resourceId, itemIds: [...item] } : { kind: 'resource', resourceId };
}

const fieldsOf = (one: DeletionView): [string, string | undefined][] => [
  ['Deletion', one.deletionId],
  ['Of', inWords(one.of)],
  ['Set', one.backupSetId],
  ['Reason', one.reason],
  ['State', one.state],
  ['Requested', `${instantInWords(one.requestedAtMs)} by key ${one.requestedBy}`],
  ['Approved', one.approvals.map(({ by, atMs }) => `${instantInWords(atMs)} by key ${by}`).join('; ')],
  ['Withdrawn', one.withdrawn && `${instantInWords(one.withdrawn.atMs)} by key ${one.withdrawn.by}`],
  ['Job', one.jobId],
  ['Removed', one.removedAtMs === undefined ? undefined : instantInWords(one.removedAtMs)],
  [
    'Snapshots',
    one.removed
      .map(
        ({ resourceId, snapshots, firstNumber, lastNumber }) =>
          `${countInWords(snapshots)} of ${resourceId} (${firstNumber} to ${lastNumber})`,
      )
      .join('; '),
  ],
  ['Space freeing', one.freeing && freeingInWords(one.freeing)],
];

function freeingInWords({
  jobId,
  state,
  bytesFreed,
  snapshotsInUse,
  packsToErase,
}: NonNullable<DeletionView['freeing']>): string {
  const inUse = snapshotsInUse === 0 ? '' : `, snapshots left in use: ${countInWords(snapshotsInUse)}`;
  const toErase = packsToErase === 0 ? '' : `, packs left: ${countInWords(packsToErase)}`;
  return `job ${jobId}, ${state}, ${bytesInWords(bytesFreed)} freed in the vault${inUse}${toErase}`;
}

const bytesOf = (bytes: RemainingBytes): [string, string | undefined][] => [
  ['Sealed bytes', bytes.explanation],
  ['Waiting', bytes.waitingBytes === 0 ? undefined : bytesInWords(bytes.waitingBytes)],
  ['Locked until', bytes.lockedUntilMs === undefined ? undefined : instantInWords(bytes.lockedUntilMs)],
];

function inWords(of: DeletionSubject): string {
  if (of.kind === 'account') return `account ${of.accountId}`;
  if (of.kind === 'resource') return of.resourceId;
  return `${of.resourceId}: ${of.itemIds.join(', ')}`;
}
