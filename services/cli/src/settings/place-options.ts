import type { Command } from 'commander';
import { UsageError } from '../failure.js';
import type { Surroundings } from '../surroundings.js';
import { countFrom, listFrom } from './parse-options.js';
import { type GivenPlace, type PlaceOptions, azureFrom, ftpFrom, rcloneFrom, s3From, sftpFrom } from './places.js';

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
    .option('--no-tls', 'connect without encryption')
    .option('--implicit-tls', 'TLS from the first byte, for --ftp')
    .option('--region <name>', 'region that requests are signed for')
    .option('--no-path-style', 'the bucket stands in the host name')
    .option('--ca-file <file>', 'certificates to trust besides the public ones, PEM')
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

const KINDS = ['folder', 's3', 'azure', 'sftp', 'ftp', 'rclone'] as const;

/** Settings and credentials as libs/destinations takes them; what was not given is undefined. */
export async function placeFrom(around: Surroundings, options: PlaceOptions): Promise<GivenPlace> {
  const [kind, ...others] = KINDS.filter((one) => options[one] !== undefined);
  if (kind === undefined || others.length > 0)
    throw new UsageError(
      'Where to? Give one of --folder PATH, --s3 HOST with --bucket, --azure ACCOUNT with --container, --sftp HOST with --user, --path and --host-key, --ftp HOST with --user and --path, --rclone REMOTE with --rclone-config and --path.',
    );
  switch (kind) {
    case 'folder':
      return { settings: { kind: 'folder', path: options.folder } };
    case 's3':
      return s3From(around, options);
    case 'azure':
      return azureFrom(around, options);
    case 'sftp':
      return sftpFrom(around, options);
    case 'ftp':
      return ftpFrom(around, options);
    case 'rclone':
      return rcloneFrom(options);
  }
}
