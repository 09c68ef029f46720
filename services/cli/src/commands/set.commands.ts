import {
  backupQuoteView,
  backupSetView,
  createdBackupSet,
  vaultView,
  type BackupSetView,
} from '@holdfast/contracts/api';
import { z } from 'zod';
import { path } from '../api/path.js';
import { UsageError } from '../failure.js';
import { expectedTimeInWords } from '../output/expected-time.js';
import { bytesInWords, countInWords, instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { collect, countFrom, listFrom } from '../settings/parse-options.js';
import {
  type RetentionOptions,
  retentionInWords,
  retentionOf,
  withRetentionOptions,
} from '../settings/retention-options.js';
import { readSecret } from '../settings/read-secret.js';
import type { CommandGroup } from './command-group.js';
import { setDestinations } from './set-destinations.js';

interface SourceOptions {
  readonly allAccounts?: boolean;
  readonly account?: readonly string[];
  readonly except?: readonly string[];
  readonly workload?: readonly string[];
  readonly skipUnlicensed?: boolean;
}

interface CreateOptions extends SourceOptions, RetentionOptions {
  readonly destination?: readonly string[];
  readonly vault?: string;
  readonly encryption: string;
  readonly cipherMode: string;
  readonly passphraseFile?: string;
  readonly escrow?: boolean;
  readonly keyBits?: number;
  readonly compression?: string;
  readonly timeZone?: string;
}

/** `holdfast set …`. */
export const setCommands: CommandGroup = (program, act) => {
  const set = program.command('set').description('backup sets: what to protect, where to, with which key');
  withRetentionOptions(set.command('create'))
    .description('make a set and its vault, and show the key once')
    .argument('<name>', 'what you call it')
    .option('--all-accounts', 'all accounts, newcomers included')
    .option('--account <who>', 'an account by address, name or id; may be given often', collect)
    .option('--except <who>', 'with --all-accounts: not this one; may be given often', collect)
    .option('--workload <names>', 'mail, drive, or both with a comma', listFrom)
    .option('--skip-unlicensed', 'leave out accounts without a licence')
    .option('--destination <place>', 'name or id; may be given often, in order', collect)
    .option('--vault <id>', "instead of a destination: another set's vault of the tenant")
    .option('--encryption <kind>', 'default (a random key), user-password, custom (your passphrase) or off', 'default')
    .option(
      '--passphrase-file <file>',
      'for user-password and custom: file that holds it; else HOLDFAST_PASSPHRASE or a prompt',
    )
    .option('--escrow', 'for user-password and custom: make a recovery key as well, and show it once')
    .option('--cipher-mode <mode>', 'of AES: gcm, the only one that proves what it opens', 'gcm')
    .option('--key-bits <bits>', 'for custom: 128 or 256', countFrom)
    .option('--compression <kind>', 'auto, none, fast or normal')
    .option('--time-zone <name>', 'IANA name of the zone that days are counted in; this machine’s when absent')
    .action(act(create));
  set
    .command('list')
    .description("list the tenant's sets")
    .action(
      act(async (session) => {
        const at = await session.below('backup-sets');
        const { rows } = await session.api.get(at, z.object({ rows: z.array(backupSetView) }));
        session.print.table(
          rows,
          [
            ['NAME', (row) => row.displayName],
            ['ID', (row) => row.backupSetId],
            ['PROTECTS', sourceInWords],
            ['LAST JOB', (row) => instantInWords(row.lastJobAtMs)],
            ['ENDED', (row) => row.lastJobState ?? 'never run'],
          ],
          'There is no backup set yet. Make one: holdfast set create',
        );
      }),
    );
  set
    .command('show')
    .description('show a set and what its vault holds')
    .argument('[set]', 'name or id')
    .action(
      act(async (session, text?: string) => {
        const at = path`backup-sets/${await session.backupSet(text)}`;
        const found = await session.api.get(await session.below(at), backupSetView);
        const vault = await session.api.get(await session.below(path`vaults/${found.vaultId}`), vaultView);
        const { statistics } = vault;
        session.print.fields({ ...found, vault }, [
          ...fieldsOf(found),
          ['Encryption', vault.keyKind === 'off' ? 'off' : `${vault.keyKind}, ${vault.keyBits} bits`],
          ['Stored', `${bytesInWords(statistics.packsBytes)} in ${countInWords(statistics.packs)} packs`],
          ['Snapshots', countInWords(statistics.snapshots)],
        ]);
      }),
    );
  withRetentionOptions(set.command('change'))
    .description('change a set; what is not given stays')
    .argument('<set>', 'name or id')
    .option('--name <name>', 'the new name')
    .option('--all-accounts', 'all accounts, newcomers included')
    .option('--account <who>', 'these accounts instead; may be given often', collect)
    .option('--except <who>', 'with --all-accounts: not this one; may be given often', collect)
    .option('--workload <names>', 'mail, drive, or both with a comma', listFrom)
    .option('--skip-unlicensed', 'leave out accounts without a licence')
    .option('--no-skip-unlicensed', 'take accounts without a licence too')
    .option('--time-zone <name>', 'IANA name')
    .action(act(change));
  set
    .command('quote')
    .description('say what the next backup of a set is expected to take')
    .argument('[set]', 'name or id')
    .action(act(quote));
  set
    .command('destinations')
    .description('show where a set’s vault lies and what each place lacks; add places, take them away, or order them')
    .argument('<set>', 'name or id')
    .option('--add <destination>', 'copy the vault there too; may be given often', collect)
    .option(
      '--remove <destination>',
      'use it no longer; what lies there stays. Refused while it alone holds anything',
      collect,
    )
    .option('--order <destinations>', 'those to be written to first, with commas', listFrom)
    .action(act(setDestinations));
  set
    .command('delete')
    .description('remove a set; what its vault holds stays at the destination')
    .argument('<set>', 'name or id')
    .action(
      act(async (session, text: string) => {
        const backupSetId = await session.backupSet(text);
        await session.api.delete(await session.below(path`backup-sets/${backupSetId}`));
        session.print.result({ backupSetId, deleted: true }, () => session.print.line('The set is removed.'));
      }),
    );
};

async function create(session: Session, displayName: string, options: CreateOptions): Promise<void> {
  const body = {
    displayName,
    source: await sourceFrom(session, options, undefined),
    timeZone: options.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
    retention: retentionOf(options) ?? {},
    retentionRuns: options.retention,
    ...(await vaultFrom(session, options)),
  };
  const made = await session.api.post(await session.below('backup-sets'), createdBackupSet, body);
  session.print.result(made, () => {
    session.print.fields(made.backupSet, fieldsOf(made.backupSet));
    if (made.keyText === undefined) return;
    session.print.line('');
    session.print.line(`Key: ${made.keyText}`);
    session.print.line(
      'Keep it apart from the backup. It is shown this once, and nothing is restored without it if the',
    );
    session.print.line('provider is lost.');
    if (made.recoveryKeyText === undefined) return;
    session.print.line(`Recovery key: ${made.recoveryKeyText}`);
    session.print.line(
      'Keep it apart from the key and from the backup: it opens the vault when the passphrase is forgotten.',
    );
  });
  await session.noteAll(made.warnings);
}

async function quote(session: Session, text: string | undefined): Promise<void> {
  const at = path`backup-sets/${await session.backupSet(text)}/quote`;
  const found = await session.api.get(await session.below(at), backupQuoteView);
  const { resources, firstReads, unknown, asOfDay, reportsRefused } = found;
  session.print.fields(found, [
    ['Resources', `${countInWords(resources)}, of which ${countInWords(firstReads)} for the first time`],
    ['Items', countInWords(found.items)],
    ['To read', bytesInWords(found.bytes)],
    ['Requests', countInWords(found.requests)],
    ['Resource units', countInWords(found.units)],
    ['Expected time', expectedTimeInWords(found)],
    ['Usage as of', asOfDay ?? 'no report was needed'],
  ]);
  session.print.note(
    firstReads < resources
      ? 'Resources that were backed up before count as much as the increment before; what will have changed by then nobody knows.'
      : "All of it is read for the first time, and the figures are Microsoft's usage reports', mostly two days old.",
  );
  if (reportsRefused !== undefined) session.print.note(reportsRefused);
  if (unknown > 0)
    session.print.note(
      `${countInWords(unknown)} resources are not in these figures: Microsoft's usage reports do not tell of them. They are too new, or ` +
        'the tenant conceals names in reports (Microsoft 365 admin center, Settings, Org settings, Reports).',
    );
}

async function change(
  session: Session,
  text: string,
  options: SourceOptions & RetentionOptions & { readonly name?: string; readonly timeZone?: string },
): Promise<void> {
  const at = await session.below(path`backup-sets/${await session.backupSet(text)}`);
  const { version, displayName, source, timeZone, retention } = await session.api.get(at, backupSetView);
  const body = {
    version,
    displayName: options.name ?? displayName,
    source: await sourceFrom(session, options, source),
    timeZone: options.timeZone ?? timeZone,
    retention: retentionOf(options) ?? retention,
    retentionRuns: options.retention,
  };
  const changed = await session.api.put(at, backupSetView, body);
  session.print.fields(changed, fieldsOf(changed));
}

async function sourceFrom(session: Session, options: SourceOptions, before: BackupSetView['source'] | undefined) {
  const { allAccounts, account, except, workload, skipUnlicensed } = options;
  if (allAccounts === true && account) throw new UsageError('Give --all-accounts or --account, not both.');
  if (except && allAccounts !== true) throw new UsageError('--except goes with --all-accounts.');
  const isNamed = allAccounts === true || account !== undefined;
  if (!isNamed && !before) throw new UsageError('Whom to protect? Give --all-accounts, or --account once or more.');
  const accountIds: string[] = [];
  for (const who of account ?? except ?? []) accountIds.push(await session.account(who));
  return {
    allAccounts: isNamed ? allAccounts === true : (before?.allAccounts ?? false),
    accountIds: isNamed ? accountIds : (before?.accountIds ?? []),
    workloads: workload ?? before?.workloads ?? ['mail', 'drive'],
    skipUnlicensed: skipUnlicensed ?? before?.skipUnlicensed ?? false,
  };
}

async function vaultFrom(session: Session, options: CreateOptions): Promise<object> {
  const { vault, destination = [], compression } = options;
  if ((vault === undefined) === (destination.length === 0))
    throw new UsageError('Where to? Give --destination once or more, or --vault of a set that exists.');
  if (vault !== undefined) return { vaultId: vault };
  const destinationIds: string[] = [];
  for (const place of destination) destinationIds.push(await session.destination(place));
  return { vault: { destinationIds, encryption: await encryptionFrom(session, options), compression } };
}

async function encryptionFrom(
  session: Session,
  { encryption, cipherMode, passphraseFile, keyBits, escrow }: CreateOptions,
) {
  const hasPassphrase = encryption === 'user-password' || encryption === 'custom';
  if (escrow === true && !hasPassphrase)
    throw new UsageError(
      '--escrow goes with --encryption user-password or custom. For another set: holdfast vault key escrow SET, once it is made.',
    );
  if (encryption === 'off') return { kind: encryption };
  const how = { kind: encryption, mode: cipherMode };
  if (!hasPassphrase) return how;
  const passphrase = await readSecret(session.around, {
    what: encryption === 'custom' ? 'Passphrase' : 'User password',
    file: passphraseFile,
    variable: 'HOLDFAST_PASSPHRASE',
    option: '--passphrase-file',
  });
  return { ...how, passphrase, escrow, keyBits };
}

const RUNS_IN_WORDS = {
  'after-each-backup': 'after each backup, by itself',
  'on-request': 'on request: holdfast retention run',
} as const;

function fieldsOf(set: BackupSetView): readonly (readonly [string, string | number | undefined])[] {
  return [
    ['Name', set.displayName],
    ['Id', set.backupSetId],
    ['Protects', sourceInWords(set)],
    ['Vault', set.vaultId],
    ['Time zone', set.timeZone],
    ['Keeps', retentionInWords(set.retention)],
    ['Retention', RUNS_IN_WORDS[set.retentionRuns]],
    ['Last job', instantInWords(set.lastJobAtMs)],
    ['Ended', set.lastJobState],
  ];
}

function sourceInWords({ source }: BackupSetView): string {
  const count = source.accountIds.length;
  const all = count === 0 ? 'all accounts' : `all accounts but ${count}`;
  return `${source.workloads.join(' and ')} of ${source.allAccounts ? all : `${count} accounts`}`;
}
