import { type AUDIT_FAULTS, auditEntryView, auditVerification } from '@holdfast/contracts/api';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { CommandFailed, UsageError } from '../failure.js';
import { instantInWords } from '../output/words.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import type { CommandGroup } from './command-group.js';
import { take } from './take.js';

interface TrailOptions {
  readonly provider?: boolean;
}

interface VerifyOptions extends TrailOptions {
  readonly checkpoint?: string;
  readonly expect?: string;
}

/** `holdfast audit …`. */
export const auditCommands: CommandGroup = (program, act) => {
  const audit = program.command('audit').description('who did what');
  audit
    .command('list', { isDefault: true })
    .description('list the trail, newest first')
    .option('--provider', "the provider's own trail")
    .option('--limit <count>', 'rows at most', countFrom, 100)
    .action(act(listAudit));
  audit
    .command('verify')
    .description('check that the trail is what was written, and name the first entry that is not')
    .option('--provider', "the provider's own trail")
    .option('--checkpoint <file>', 'hold the trail against this file from an earlier check, then write it anew')
    .option('--expect <head>', 'hold the trail against a checkpoint or NUMBER:HASH that an answer or the log told')
    .action(act(verifyAudit));
};

async function listAudit(session: Session, options: TrailOptions & { readonly limit: number }): Promise<void> {
  const at = `${await trailAt(session, options)}?pageSize=${Math.min(500, options.limit)}`;
  const { rows } = await take(session.api.rows(at, auditEntryView), options.limit);
  session.print.table(
    rows,
    [
      ['#', (row) => row.number],
      ['TIME', (row) => instantInWords(row.atMs)],
      ['KEY', (row) => row.actor],
      ['WHAT', (row) => row.action],
      ['OUTCOME', (row) => row.errorCode ?? row.outcome],
      [
        'ON',
        (row) =>
          Object.entries(row.target)
            .map(([name, id]) => `${name}=${id}`)
            .join(' '),
      ],
    ],
    'The trail is empty.',
  );
}

async function verifyAudit(session: Session, options: VerifyOptions): Promise<void> {
  const { checkpoint: file, expect: head } = options;
  if (file !== undefined && head !== undefined)
    throw new UsageError('Give --checkpoint or --expect: one of them says what the trail was.');
  const known = file === undefined ? head : await checkpointIn(file);
  const query = new URLSearchParams({
    ...(known !== undefined && { [known.includes(':') ? 'entry' : 'checkpoint']: known }),
  });
  const at = `${await trailAt(session, options)}/verification`;
  const verified = await session.api.get(query.size === 0 ? at : `${at}?${query.toString()}`, auditVerification);
  const { entries, ok, fault = 'changed', firstBroken = entries + 1, checkpoint } = verified;
  session.print.result(verified, () => session.print.line(`${entries} entries are as they were written.`));
  if (!ok) throw new CommandFailed(faultInWords(fault, firstBroken));
  if (file !== undefined && checkpoint !== undefined) await keep(file, checkpoint);
}

function faultInWords(fault: (typeof AUDIT_FAULTS)[number], number: number): string {
  switch (fault) {
    case 'changed':
      return `Entry ${number} is not what was written: it was changed.`;
    case 'removed':
      return `Entry ${number} was removed.`;
    case 'inserted':
      return `Entry ${number} was put in afterwards.`;
    case 'reordered':
      return `Entry ${number} was written at another place: entries were reordered.`;
    case 'cut-off':
      return `The trail ends before entry ${number}, which it had: its end was cut off.`;
    case 'rewritten':
      return `The trail was written anew up to entry ${number}, at least: that entry is not the one that is known.`;
  }
}

/** The checkpoint that a file holds; undefined when it is not there yet. */
async function checkpointIn(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandFailed(`The checkpoint ${file} cannot be read. Name a file that you may read.`);
  }
}

/** As a whole: half a checkpoint would be none. */
async function keep(file: string, checkpoint: string): Promise<void> {
  try {
    await writeFile(`${file}.new`, `${checkpoint}\n`);
    await rename(`${file}.new`, file);
  } catch {
    throw new CommandFailed(`The trail is whole, but the checkpoint cannot be written to ${file}.`);
  }
}

async function trailAt(session: Session, { provider }: TrailOptions): Promise<string> {
  return provider === true ? 'audit' : session.below('audit');
}
