import { UsageError } from '../failure.js';
import type { Surroundings } from '../surroundings.js';
import { sectionOf } from './ini-section.js';
import { readSecret, readTextFile } from './read-secret.js';

/** What the options of a place say. */
export interface PlaceOptions {
  readonly folder?: string;
  readonly s3?: string;
  readonly azure?: string;
  readonly sftp?: string;
  readonly ftp?: string;
  readonly rclone?: string;
  readonly rcloneConfig?: string;
  readonly bucket?: string;
  readonly container?: string;
  readonly blobHost?: string;
  readonly accountInPath?: boolean;
  readonly port?: number;
  readonly tls: boolean;
  readonly implicitTls?: boolean;
  readonly region?: string;
  readonly pathStyle: boolean;
  readonly caFile?: string;
  readonly accessKey?: string;
  readonly secretKeyFile?: string;
  readonly accountKeyFile?: string;
  readonly sasFile?: string;
  readonly user?: string;
  readonly path?: string;
  readonly hostKey?: readonly string[];
  readonly passwordFile?: string;
  readonly privateKeyFile?: string;
  readonly privateKeyPassphraseFile?: string;
}

/** Settings and credentials of a destination, unchecked. */
export interface GivenPlace {
  readonly settings: object;
  readonly credentials?: object;
}

/** An option that the kind of place cannot do without. */
function demand<Value>(value: Value | undefined, question: string): Value {
  if (value === undefined) throw new UsageError(question);
  return value;
}

const textOf = (file: string | undefined, option: string) =>
  file === undefined ? undefined : readTextFile(file, option);

export async function s3From(around: Surroundings, options: PlaceOptions): Promise<GivenPlace> {
  const { s3: host, port, tls, region, pathStyle } = options;
  const bucket = demand(options.bucket, 'Which bucket? Give --bucket NAME.');
  const ca = await textOf(options.caFile, '--ca-file');
  const accessKey = options.accessKey ?? around.env['HOLDFAST_ACCESS_KEY'];
  if (!accessKey) throw new UsageError('The access key is missing. Give --access-key KEY or HOLDFAST_ACCESS_KEY.');
  const secretKey = await readSecret(around, {
    what: 'Secret key',
    file: options.secretKeyFile,
    variable: 'HOLDFAST_SECRET_KEY',
    option: '--secret-key-file',
  });
  return {
    settings: { kind: 's3', host, bucket, port, tls, region, pathStyle, ca },
    credentials: { kind: 's3', accessKey, secretKey },
  };
}

export async function azureFrom(around: Surroundings, options: PlaceOptions): Promise<GivenPlace> {
  const { azure: account, blobHost: host, port, tls, accountInPath } = options;
  const container = demand(options.container, 'Which container? Give --container NAME.');
  const ca = await textOf(options.caFile, '--ca-file');
  const sas = (await textOf(options.sasFile, '--sas-file'))?.trim();
  const secret = sas === undefined ? { accountKey: await accountKeyFrom(around, options) } : { sas };
  return {
    settings: { kind: 'azure', account, container, host, port, tls, accountInPath, ca },
    credentials: { kind: 'azure', ...secret },
  };
}

export async function sftpFrom(around: Surroundings, options: PlaceOptions): Promise<GivenPlace> {
  const { sftp: host, port, privateKeyFile, privateKeyPassphraseFile } = options;
  const user = demand(options.user, 'Which account? Give --user NAME.');
  const path = demand(options.path, 'Which folder of the server? Give --path PATH.');
  const hostKeys = demand(
    options.hostKey,
    `Which host key has the server? Give --host-key SHA256:…, as whoever runs the server tells it; \`ssh-keyscan ${String(host)} | ssh-keygen -lf -\` prints those that it shows.`,
  );
  const privateKey = await textOf(privateKeyFile, '--private-key-file');
  const passphrase = (await textOf(privateKeyPassphraseFile, '--private-key-passphrase-file'))?.replace(/\r?\n$/, '');
  const credentials =
    privateKey === undefined ? { password: await passwordFrom(around, options) } : { privateKey, passphrase };
  return {
    settings: { kind: 'sftp', host, port, user, path, hostKeys },
    credentials: { kind: 'sftp', ...credentials },
  };
}

export async function ftpFrom(around: Surroundings, options: PlaceOptions): Promise<GivenPlace> {
  const { ftp: host, port, tls, implicitTls } = options;
  const user = demand(options.user, 'Which account? Give --user NAME.');
  const path = demand(options.path, 'Which folder of the server? Give --path PATH.');
  const ca = await textOf(options.caFile, '--ca-file');
  const manner = implicitTls === true ? 'implicit' : 'explicit';
  return {
    settings: { kind: 'ftp', host, port, tls: tls ? manner : 'none', ca, user, path },
    credentials: { kind: 'ftp', password: await passwordFrom(around, options) },
  };
}

export async function rcloneFrom(options: PlaceOptions): Promise<GivenPlace> {
  const remote = (options.rclone ?? '').replace(/:$/, '');
  const file = demand(options.rcloneConfig, 'Where is the remote described? Give --rclone-config FILE.');
  const path = demand(options.path, 'Which folder there? Give --path PATH.');
  const section = sectionOf(await readTextFile(file, '--rclone-config'), remote);
  const { type: backend, ...rest } = section ?? {};
  if (backend === undefined)
    throw new UsageError(
      `--rclone-config: ${file} has no section [${remote}] with a type. \`rclone config\` makes one; a file that rclone encrypted cannot be read.`,
    );
  return { settings: { kind: 'rclone', backend, path }, credentials: { kind: 'rclone', options: rest } };
}

function passwordFrom(around: Surroundings, { passwordFile }: PlaceOptions): Promise<string> {
  return readSecret(around, {
    what: 'Password',
    file: passwordFile,
    variable: 'HOLDFAST_PASSWORD',
    option: '--password-file',
  });
}

function accountKeyFrom(around: Surroundings, { accountKeyFile }: PlaceOptions): Promise<string> {
  return readSecret(around, {
    what: 'Account key',
    file: accountKeyFile,
    variable: 'HOLDFAST_ACCOUNT_KEY',
    option: '--account-key-file',
  });
}
