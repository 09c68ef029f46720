import { UsageError } from '../failure.js';
import type { Surroundings } from '../surroundings.js';
import { remoteOf, type PlaceKind, type PlaceOptions } from './places.js';
import { readSecret, readTextFile } from './read-secret.js';

/** Options that hold a part of what opens a place. */
const SECRET_OPTIONS = [
  'accessKey',
  'secretKeyFile',
  'accountKeyFile',
  'sasFile',
  'passwordFile',
  'privateKeyFile',
  'rcloneConfig',
  'proxyUser',
  'proxyPasswordFile',
] as const satisfies readonly (keyof PlaceOptions)[];

export const hasSecrets = (options: PlaceOptions) => SECRET_OPTIONS.some((name) => options[name] !== undefined);

/** What opens a place of this kind, from files, the environment or prompts; undefined for a folder. */
export async function secretsOf(
  around: Surroundings,
  kind: PlaceKind,
  options: PlaceOptions,
): Promise<object | undefined> {
  switch (kind) {
    case 'folder':
      return undefined;
    case 's3':
      return { kind, ...(await accessKeyFrom(around, options)), ...(await proxyAccountFrom(around, options)) };
    case 'azure':
      return { kind, ...(await azureSecretFrom(around, options)), ...(await proxyAccountFrom(around, options)) };
    case 'sftp':
      return { kind, ...(await sftpSecretFrom(around, options)) };
    case 'ftp':
      return { kind, password: await passwordFrom(around, options) };
    case 'rclone': {
      const remote = await remoteOf(options);
      if (!remote) throw new UsageError('Which remote? Give --rclone REMOTE with --rclone-config FILE.');
      return { kind, options: remote.options, ...(await proxyAccountFrom(around, options)) };
    }
  }
}

async function proxyAccountFrom(
  around: Surroundings,
  { proxyUser, proxyPasswordFile: file }: PlaceOptions,
): Promise<object> {
  if (proxyUser === undefined) {
    if (file !== undefined) throw new UsageError('Whose password is it? Give --proxy-user NAME.');
    return {};
  }
  const proxyPassword = await readSecret(around, {
    what: 'Password at the proxy',
    file,
    variable: 'HOLDFAST_PROXY_PASSWORD',
    option: '--proxy-password-file',
  });
  return { proxyUser, proxyPassword };
}

async function accessKeyFrom(around: Surroundings, options: PlaceOptions): Promise<object> {
  const accessKey = options.accessKey ?? around.env['HOLDFAST_ACCESS_KEY'];
  if (!accessKey) throw new UsageError('The access key is missing. Give --access-key KEY or HOLDFAST_ACCESS_KEY.');
  const secretKey = await readSecret(around, {
    what: 'Secret key',
    file: options.secretKeyFile,
    variable: 'HOLDFAST_SECRET_KEY',
    option: '--secret-key-file',
  });
  return { accessKey, secretKey };
}

async function azureSecretFrom(around: Surroundings, { sasFile, accountKeyFile }: PlaceOptions): Promise<object> {
  if (sasFile !== undefined) return { sas: (await readTextFile(sasFile, '--sas-file')).trim() };
  const accountKey = await readSecret(around, {
    what: 'Account key',
    file: accountKeyFile,
    variable: 'HOLDFAST_ACCOUNT_KEY',
    option: '--account-key-file',
  });
  return { accountKey };
}

async function sftpSecretFrom(around: Surroundings, options: PlaceOptions): Promise<object> {
  const { privateKeyFile, privateKeyPassphraseFile: passphraseFile } = options;
  if (privateKeyFile === undefined) return { password: await passwordFrom(around, options) };
  const privateKey = await readTextFile(privateKeyFile, '--private-key-file');
  if (passphraseFile === undefined) return { privateKey };
  const passphrase = await readTextFile(passphraseFile, '--private-key-passphrase-file');
  return { privateKey, passphrase: passphrase.replace(/\r?\n$/, '') };
}

function passwordFrom(around: Surroundings, { passwordFile }: PlaceOptions): Promise<string> {
  return readSecret(around, {
    what: 'Password',
    file: passwordFile,
    variable: 'HOLDFAST_PASSWORD',
    option: '--password-file',
  });
}
