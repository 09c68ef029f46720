import { isAppError } from '@holdfast/kernel';
import type { Command } from 'commander';
import { CommandFailed, UsageError } from '../failure.js';
import { restoreVault, type VaultRestoreOptions } from '../offline/restore-vault.js';
import { checkCommands } from './check.commands.js';
import type { Act } from './command-group.js';
import { type OpenVaultOptions, withOpenVaultOptions } from '../offline/open-vault.js';
import { listVault } from '../offline/list-vault.js';
import { Printer } from '../output/printer.js';
import type { GlobalOptions } from '../session.js';
import { collect, momentFrom } from '../settings/parse-options.js';
import { withVaultSecretOptions } from '../settings/vault-secret.js';
import type { Surroundings } from '../surroundings.js';
import { vaultKeyCommands } from './vault-key.commands.js';
import { rebuildVault } from './rebuild-vault.js';

/** `holdfast vault …`: what a vault's key opens. `list` and `restore` need no server and no database, only a destination. */
export function vaultCommands(program: Command, around: Surroundings, act: Act): void {
  const vault = program
    .command('vault')
    .description('vaults: read one with nothing but its destination and its key, or bring it back; have one checked');
  checkCommands(vault, act);
  const print = () => new Printer(around, program.opts<GlobalOptions>().json === true);
  vaultKeyCommands(vault, act);
  withOpenVaultOptions(vault.command('list'))
    .description('show which resources a vault holds, and since when')
    .action((options: OpenVaultOptions) => told(() => listVault(around, print(), options)));
  withOpenVaultOptions(vault.command('restore'))
    .description('write what a vault holds into a new folder of this machine: messages as EML, files as they are')
    .requiredOption('--to <folder>', 'a folder that does not exist yet, or is empty')
    .option('--resource <resource>', 'only this one, as `vault list` shows it; may be given often', collect)
    .option('--set <id>', 'only of this backup set')
    .option(
      '--as-of <time>',
      'as it was then, such as 2026-01-31T18:00Z, or at the end of this day; the newest when left out',
      momentFrom,
    )
    .action((options: OpenVaultOptions & VaultRestoreOptions) => told(() => restoreVault(around, print(), options)));
  withVaultSecretOptions(vault.command('rebuild'))
    .description('bring a vault, its sets and its jobs back into an installation that has lost them')
    .requiredOption(
      '--destination <destination>',
      'name or id; may be given often: what one lacks or has damaged comes from the others',
      collect,
    )
    .option('--provider-key', "instead of a key: the installation's own, where it is the one that the lost one had")
    .option('--vault <id>', 'which one, where the key opens several')
    .option('--look', 'say how new the newest backup in it is, and change nothing')
    .option('--yes', 'ask no question')
    .option('--watch', 'wait until it has ended, then say what came back')
    .action(act(rebuildVault));
}

/** What was expected to go wrong is told in its own words. */
async function told(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isAppError(error, 'INVALID_ARGUMENT')) throw new UsageError(error.message);
    if (isAppError(error)) throw new CommandFailed(error.message);
    throw error;
  }
}
