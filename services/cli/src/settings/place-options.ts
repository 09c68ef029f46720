import type { Command } from 'commander';
import { UsageError } from '../failure.js';
import type { Surroundings } from '../surroundings.js';
import { countFrom, hostAndPortFrom, listFrom } from './parse-options.js';
import { hasSecrets, secretsOf } from './place-secrets.js';
import { demandWhole, kindNamed, PLACE_KINDS, type PlaceOptions, refuseOthers, settingsOf } from './places.js';

export type { PlaceOptions } from './places.js';

/** The options that say where backup data lies. `whose` machine a folder is of. */
export function withPlaceOptions(command: Command, whose: string): Command {
  return command
    .option('--folder <path>', `a folder of ${whose}`)
    .option('--s3 <host>', 'a service that speaks S3')
    .option('--azure <account>', "a storage account of Azure's blob service")
    .option('--sftp <host>', 'a server that speaks SFTP')
    .option('--ftp <host>', 'a server that speaks FTP, with TLS')
    .option('--rclone <remote>', 'a remote of rclone.conf, for what none of the others reaches')
    .option('--rclone-config <file>', 'file that `rclone config file` names')
    .option('--bucket <name>', 'an existing bucket')
    .option('--container <name>', 'an existing container of the account')
    .option('--blob-host <host>', 'host of the blob service, when it is not the usual one')
    .option('--account-in-path', 'the account stands in the path, as Azurite has it')
    .option('--path <path>', 'an existing folder of the server')
    .option('--port <port>', 'TCP port, when it is not the usual one', countFrom)
    .option('--tls', 'connect with encryption, as when nothing is said')
    .option('--no-tls', 'connect without encryption')
    .option('--implicit-tls', 'TLS from the first byte, for --ftp')
    .option('--region <name>', 'region that requests are signed for')
    .option('--path-style', 'the bucket stands in the path, as when nothing is said')
    .option('--no-path-style', 'the bucket stands in the host name')
    .option('--ca-file <file>', 'certificates to trust besides the public ones, PEM')
    .option('--proxy <host:port>', 'HTTP proxy on the way there', hostAndPortFrom)
    .option('--proxy-user <name>', 'account at the proxy')
    .option('--proxy-password-file <file>', 'file that holds its password; else HOLDFAST_PROXY_PASSWORD or a prompt')
    .option('--access-key <key>', 'access key; else HOLDFAST_ACCESS_KEY')
    .option('--secret-key-file <file>', 'file that holds the secret key; else HOLDFAST_SECRET_KEY or a prompt')
    .option('--account-key-file <file>', 'file that holds a key of the account; else HOLDFAST_ACCOUNT_KEY or a prompt')
    .option('--sas-file <file>', 'instead: file that holds a shared access signature')
    .option('--user <name>', 'account on the server')
    .option('--host-key <fingerprint>', "the server's host key, SHA256:…; may be given several times", listFrom)
    .option('--password-file <file>', 'file that holds the password; else HOLDFAST_PASSWORD or a prompt')
    .option('--private-key-file <file>', 'instead: file that holds a private key of the account')
    .option('--private-key-passphrase-file <file>', 'file that holds the passphrase of that key');
}

/** Settings and credentials of a destination, unchecked. */
export interface GivenPlace {
  readonly settings: { readonly kind: string };
  readonly credentials?: object;
}

/** Settings and credentials as libs/destinations takes them; what was not given is undefined. */
export async function placeFrom(around: Surroundings, options: PlaceOptions): Promise<GivenPlace> {
  const kind = kindNamed(options);
  if (kind === undefined)
    throw new UsageError(
      'Where to? Give one of --folder PATH, --s3 HOST with --bucket, --azure ACCOUNT with --container, --sftp HOST with --user, --path and --host-key, --ftp HOST with --user and --path, --rclone REMOTE with --rclone-config and --path.',
    );
  refuseOthers(kind, options);
  demandWhole(kind, options);
  const settings = { kind, ...(await settingsOf(kind, options)) };
  const credentials = await secretsOf(around, kind, options);
  return { settings, ...(credentials && { credentials }) };
}

/** A place as it was, but for what the options say. Its secret is asked for where they tell of one, or `isSecretNew`. */
export async function changedPlace(
  around: Surroundings,
  before: { readonly kind: string },
  { isSecretNew, ...options }: PlaceOptions & { readonly isSecretNew: boolean },
): Promise<GivenPlace> {
  const kind = PLACE_KINDS.find((one) => one === before.kind);
  const other = PLACE_KINDS.find((one) => options[one] !== undefined && one !== kind);
  if (kind === undefined || other !== undefined)
    throw new UsageError(
      `The destination is of the kind ${before.kind} and stays so. Add another one, and give it to the set: holdfast set destinations SET --add.`,
    );
  refuseOthers(kind, options);
  const said = Object.entries(await settingsOf(kind, options)).filter(([, value]) => value !== undefined);
  const settings = { ...before, ...Object.fromEntries(said) };
  const credentials = isSecretNew || hasSecrets(options) ? await secretsOf(around, kind, options) : undefined;
  return { settings, ...(credentials && { credentials }) };
}
