import { backupSetView, changedKeysView, type ChangedKeysView } from '@holdfast/contracts/api';
import type { Command } from 'commander';
import { path } from '../api/path.js';
import { UsageError } from '../failure.js';
import type { Session } from '../session.js';
import { readSecret } from '../settings/read-secret.js';
import { readRecoveryKey, readVaultSecret, type VaultSecretText } from '../settings/vault-secret.js';
import type { Act } from './command-group.js';

interface PassphraseOptions {
  readonly passphraseFile?: string;
}

interface ChangeOptions extends PassphraseOptions {
  readonly oldPassphraseFile?: string;
  readonly recoveryKeyFile?: string;
  readonly vaultKeyFile?: string;
}

interface RecoveryOptions {
  readonly recoveryKeyFile?: string;
}

/** `holdfast vault key …`: what opens a vault of a backup set. No data is touched by any of these. */
export function vaultKeyCommands(vault: Command, act: Act): void {
  const key = vault.command('key').description("the keys of a backup set's vault");
  key
    .command('passphrase')
    .description('close the keys with another passphrase, or user password; the old one opens nothing more')
    .argument('[set]', 'name or id of the backup set')
    .option('--passphrase-file <file>', 'file that holds the new one; else HOLDFAST_PASSPHRASE or a prompt')
    .option('--old-passphrase-file <file>', 'file that holds the present one; else HOLDFAST_OLD_PASSPHRASE or a prompt')
    .option('--recovery-key-file <file>', 'where the present one is forgotten: file that holds the recovery key')
    .option('--vault-key-file <file>', "or file that holds one of the vault's keys of 44 characters")
    .action(act(changePassphrase));
  key
    .command('rotate')
    .description('add a root key that new packs are sealed under, and show it once; the earlier ones are still needed')
    .argument('[set]', 'name or id of the backup set')
    .option('--passphrase-file <file>', 'of a set with a user password or a custom key: file that holds it')
    .action(act(rotate));
  key
    .command('escrow')
    .description('make a recovery key that opens the vault, in place of an earlier one, and show it once')
    .argument('[set]', 'name or id of the backup set')
    .action(act(escrow));
  key
    .command('recover')
    .description('show the keys of the vault to whoever has its recovery key')
    .argument('[set]', 'name or id of the backup set')
    .option('--recovery-key-file <file>', 'file that holds it; else HOLDFAST_RECOVERY_KEY or a prompt')
    .action(act(recover));
}

async function changePassphrase(session: Session, set: string | undefined, options: ChangeOptions) {
  const proof = await readProof(session, options);
  const passphrase = await readPassphrase(session, 'New passphrase', options.passphraseFile);
  const at = await vaultOf(session, set, 'passphrase');
  const changed = await session.api.put(at, changedKeysView, { passphrase, proof });
  await show(
    session,
    changed,
    'The new passphrase opens the vault from now on; the old one does not, but where a warning says so.',
  );
}

async function rotate(session: Session, set: string | undefined, { passphraseFile }: PassphraseOptions) {
  const passphrase = passphraseFile && (await readPassphrase(session, 'Passphrase', passphraseFile));
  const at = await vaultOf(session, set, 'key-rotations');
  const changed = await session.api.post(at, changedKeysView, { ...(passphrase && { passphrase }) });
  await show(
    session,
    changed,
    'New packs are sealed under the new key. Keep the earlier keys: what was stored before needs them.',
  );
}

async function escrow(session: Session, set: string | undefined) {
  const changed = await session.api.post(await vaultOf(session, set, 'escrows'), changedKeysView);
  await show(session, changed, 'Keep the recovery key apart from the backup: whoever has both can read everything.');
}

async function recover(session: Session, set: string | undefined, { recoveryKeyFile }: RecoveryOptions) {
  const recoveryKey = await readRecoveryKey(session.around, recoveryKeyFile);
  const at = await vaultOf(session, set, 'key-recoveries');
  await show(session, await session.api.post(at, changedKeysView, { recoveryKey }), 'Keep them all, oldest first.');
}

/** What shows that the passphrase may be changed. */
async function readProof({ around }: Session, options: ChangeOptions): Promise<VaultSecretText> {
  const { oldPassphraseFile, recoveryKeyFile, vaultKeyFile } = options;
  const given = [oldPassphraseFile, recoveryKeyFile, vaultKeyFile].filter((one) => one !== undefined);
  if (given.length > 1)
    throw new UsageError('Give one of --old-passphrase-file, --recovery-key-file and --vault-key-file.');
  if (recoveryKeyFile !== undefined || vaultKeyFile !== undefined)
    return readVaultSecret(around, {
      ...(recoveryKeyFile && { recoveryKeyFile }),
      ...(vaultKeyFile && { vaultKeyFile }),
    });
  const [variable, option] = ['HOLDFAST_OLD_PASSPHRASE', '--old-passphrase-file'];
  const source = { what: 'Present passphrase', file: oldPassphraseFile, variable, option };
  return { kind: 'passphrase', passphrase: await readSecret(around, source) };
}

async function vaultOf(session: Session, text: string | undefined, rest: string): Promise<string> {
  const set = path`backup-sets/${await session.backupSet(text)}`;
  const { vaultId } = await session.api.get(await session.below(set), backupSetView);
  return session.below(`${path`vaults/${vaultId}`}/${rest}`);
}

function readPassphrase({ around }: Session, what: string, file: string | undefined): Promise<string> {
  return readSecret(around, { what, file, variable: 'HOLDFAST_PASSPHRASE', option: '--passphrase-file' });
}

async function show(session: Session, changed: ChangedKeysView, meaning: string): Promise<void> {
  await session.noteAll(changed.warnings);
  const { print } = session;
  print.event(changed, () => {
    for (const text of changed.keyTexts) print.line(`Key: ${text}`);
    if (changed.recoveryKeyText !== undefined) print.line(`Recovery key: ${changed.recoveryKeyText}`);
    print.line(meaning);
  });
}
