import type { Command } from 'commander';
import { UsageError } from '../failure.js';
import type { Surroundings } from '../surroundings.js';
import { readSecret } from './read-secret.js';

/** What opens a vault, as it is brought. */
export interface VaultSecretOptions {
  readonly vaultKeyFile?: string;
  readonly passphraseFile?: string;
  readonly recoveryKeyFile?: string;
  readonly unencrypted?: boolean;
}

/** Key texts as they were shown, a passphrase, or the word that there is none. */
export type VaultSecretText =
  | { readonly kind: 'key'; readonly keys: readonly string[] }
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recovery'; readonly recoveryKey: string }
  | { readonly kind: 'off' };

export function withVaultSecretOptions(command: Command): Command {
  return command
    .option(
      '--vault-key-file <file>',
      "file that holds the vault's key of 44 characters, or all its keys, a line each; else HOLDFAST_VAULT_KEY or a prompt",
    )
    .option('--passphrase-file <file>', 'instead: file that holds the user password, or the passphrase of a custom key')
    .option('--recovery-key-file <file>', 'instead: file that holds the recovery key of 44 characters')
    .option('--unencrypted', 'instead: the vault is not encrypted');
}

export async function readVaultSecret(
  around: Surroundings,
  { vaultKeyFile, passphraseFile, recoveryKeyFile, unencrypted }: VaultSecretOptions,
): Promise<VaultSecretText> {
  const given = [vaultKeyFile, passphraseFile, recoveryKeyFile, unencrypted].filter((one) => one !== undefined);
  if (given.length > 1)
    throw new UsageError('Give one of --vault-key-file, --passphrase-file, --recovery-key-file and --unencrypted.');
  if (unencrypted === true) return { kind: 'off' };
  if (passphraseFile !== undefined) {
    const variable = 'HOLDFAST_PASSPHRASE';
    const source = { what: 'Passphrase', file: passphraseFile, variable, option: '--passphrase-file' };
    return { kind: 'passphrase', passphrase: await readSecret(around, source) };
  }
  if (recoveryKeyFile !== undefined)
    return { kind: 'recovery', recoveryKey: await readRecoveryKey(around, recoveryKeyFile) };
  const text = await readSecret(around, {
    what: 'Key of the vault',
    file: vaultKeyFile,
    variable: 'HOLDFAST_VAULT_KEY',
    option: '--vault-key-file',
  });
  return { kind: 'key', keys: text.split(/\s+/).filter((word) => word !== '') };
}

export function readRecoveryKey(around: Surroundings, file: string | undefined): Promise<string> {
  const variable = 'HOLDFAST_RECOVERY_KEY';
  return readSecret(around, { what: 'Recovery key', file, variable, option: '--recovery-key-file' });
}
