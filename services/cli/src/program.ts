import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { accessCommands, login } from './commands/access.commands.js';
import { auditCommands } from './commands/audit.commands.js';
import { backupCommands } from './commands/backup.commands.js';
import type { Act } from './commands/command-group.js';
import { contentCommands } from './commands/content.commands.js';
import { deletionCommands } from './commands/deletion.commands.js';
import { destinationCommands } from './commands/destination.commands.js';
import { exportCommands } from './commands/export.commands.js';
import { holdCommands } from './commands/hold.commands.js';
import { jobCommands } from './commands/job.commands.js';
import { providerKeyCommands } from './commands/provider-key.commands.js';
import { restoreCommands } from './commands/restore.commands.js';
import { freeingCommands } from './commands/freeing.commands.js';
import { retentionCommands } from './commands/retention.commands.js';
import { setCommands } from './commands/set.commands.js';
import { tenantCommands } from './commands/tenant.commands.js';
import { vaultCommands } from './commands/vault.commands.js';
import { fileTrouble } from './file-trouble.js';
import { CommandFailed, UsageError } from './failure.js';
import { harmless } from './output/words.js';
import { DEFAULT_URL, Session, type GlobalOptions } from './session.js';
import type { Surroundings } from './surroundings.js';

const GROUPS = [
  tenantCommands,
  destinationCommands,
  setCommands,
  backupCommands,
  retentionCommands,
  holdCommands,
  deletionCommands,
  freeingCommands,
  jobCommands,
  contentCommands,
  restoreCommands,
  exportCommands,
  accessCommands,
  providerKeyCommands,
  auditCommands,
] as const;

/** Of this package, whether compiled or not. */
const { version: VERSION } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

/** Runs one command line, without the program's own name; answers the exit code: 0, 1 failed, 2 used wrongly. */
export async function run(line: readonly string[], around: Surroundings): Promise<0 | 1 | 2> {
  const program = programFor(around);
  try {
    await program.parseAsync(line, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, around);
  }
}

function programFor(around: Surroundings): Command {
  const program = new Command('holdfast')
    .description('Microsoft 365 backup and restore')
    .option('--url <address>', `address of the server; else HOLDFAST_URL, the profile, ${DEFAULT_URL}`)
    .option('--key <key>', 'API key; better in HOLDFAST_API_KEY or the profile, where others do not see it')
    .option('--ca <file>', 'certificates to trust besides the public ones, PEM; else HOLDFAST_CA')
    .option('--tenant <tenant>', 'name or id; else HOLDFAST_TENANT, the profile, the only one')
    .option('--json', 'print JSON')
    .version(VERSION, '--version', 'print the version of this command')
    .showHelpAfterError('(--help shows how it is used)')
    .configureOutput({
      writeOut: (text) => around.stdout.write(text),
      writeErr: (text) => around.stderr.write(text),
    })
    .exitOverride();
  const act: Act =
    (work) =>
    async (...given) => {
      const session = await Session.open(around, program.opts<GlobalOptions>());
      try {
        await work(session, ...given);
      } catch (error) {
        if (!(error instanceof CommandFailed)) throw error;
        throw new CommandFailed(await session.calling(error.message), error.details);
      } finally {
        await session.close();
      }
    };
  for (const add of GROUPS) add(program, act);
  vaultCommands(program, around, act);
  program
    .command('login')
    .description('try an address and a key, and keep them for later')
    .option('--key-file <file>', 'file that holds the key; - is the standard input; else a prompt')
    .action((options: { keyFile?: string }) => login(around, { ...program.opts<GlobalOptions>(), ...options }));
  return program;
}

function report(error: unknown, around: Surroundings): 0 | 1 | 2 {
  // Commander has printed what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const lines = linesFor(error);
  for (const line of lines) around.stderr.write(`${harmless(line)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

function linesFor(error: unknown): readonly string[] {
  if (error instanceof UsageError) return [`error: ${error.message}`];
  if (error instanceof CommandFailed) return [`error: ${error.message}`, ...error.details.map((line) => `  ${line}`)];
  const trouble = fileTrouble(error);
  if (trouble !== undefined) return [`error: ${trouble}`];
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return ['error: a defect of this command:', ...words.split('\n')];
}
