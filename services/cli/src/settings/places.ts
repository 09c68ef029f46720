import { UsageError } from '../failure.js';
import { sectionOf } from './ini-section.js';
import { readTextFile } from './read-secret.js';

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
  readonly tls?: boolean;
  readonly implicitTls?: boolean;
  readonly region?: string;
  readonly pathStyle?: boolean;
  readonly caFile?: string;
  readonly proxy?: { readonly host: string; readonly port: number };
  readonly proxyUser?: string;
  readonly proxyPasswordFile?: string;
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

/** Kinds of places, each of which has an option of its name. */
export const PLACE_KINDS = ['folder', 's3', 'azure', 'sftp', 'ftp', 'rclone'] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];

/** The kind that the options name; undefined where they name none, or several. */
export function kindNamed(options: PlaceOptions): PlaceKind | undefined {
  const [kind, ...others] = PLACE_KINDS.filter((one) => options[one] !== undefined);
  return others.length > 0 ? undefined : kind;
}

/** What the options say of the settings of a place of this kind; undefined where they say nothing. */
export async function settingsOf(kind: PlaceKind, options: PlaceOptions): Promise<Readonly<Record<string, unknown>>> {
  const { port, user, path, tls, proxy } = options;
  switch (kind) {
    case 'folder':
      return { path: options.folder };
    case 's3':
      return { host: options.s3, bucket: options.bucket, port, tls, ...(await s3Manner(options)) };
    case 'azure': {
      const { azure: account, container, blobHost: host, accountInPath } = options;
      return { account, container, host, port, tls, accountInPath, ca: await certificatesOf(options), proxy };
    }
    case 'sftp':
      return { host: options.sftp, port, user, path, hostKeys: options.hostKey };
    case 'ftp':
      return { host: options.ftp, port, tls: ftpTls(options), ca: await certificatesOf(options), user, path };
    case 'rclone':
      return { backend: (await remoteOf(options))?.backend, path, ca: await certificatesOf(options), proxy };
  }
}

async function s3Manner(options: PlaceOptions) {
  const { region, pathStyle, proxy } = options;
  return { region, pathStyle, ca: await certificatesOf(options), proxy };
}

function ftpTls({ tls, implicitTls }: PlaceOptions): 'none' | 'implicit' | 'explicit' | undefined {
  if (tls === false) return 'none';
  if (implicitTls === true) return 'implicit';
  return tls === true ? 'explicit' : undefined;
}

const certificatesOf = ({ caFile }: PlaceOptions) =>
  caFile === undefined ? undefined : readTextFile(caFile, '--ca-file');

/** The section of rclone.conf that the options name. */
export async function remoteOf(
  options: PlaceOptions,
): Promise<{ readonly backend: string; readonly options: Readonly<Record<string, string>> } | undefined> {
  const { rclone, rcloneConfig: file } = options;
  if (rclone === undefined || file === undefined) return undefined;
  const remote = rclone.replace(/:$/, '');
  const { type: backend, ...rest } = sectionOf(await readTextFile(file, '--rclone-config'), remote) ?? {};
  if (backend !== undefined) return { backend, options: rest };
  throw new UsageError(
    `--rclone-config: ${file} has no section [${remote}] with a type. \`rclone config\` makes one; a file that rclone encrypted cannot be read.`,
  );
}

/** Refuses options that do not name a whole place, with what is missing. */
export function demandWhole(kind: PlaceKind, options: PlaceOptions): void {
  for (const [option, question] of DEMANDED[kind])
    if (options[option] === undefined) throw new UsageError(question(options));
}

type Demand = readonly [keyof PlaceOptions, (options: PlaceOptions) => string];
const ACCOUNT: Demand = ['user', () => 'Which account? Give --user NAME.'];
const FOLDER: Demand = ['path', () => 'Which folder of the server? Give --path PATH.'];
const DEMANDED: Readonly<Record<PlaceKind, readonly Demand[]>> = {
  folder: [],
  s3: [['bucket', () => 'Which bucket? Give --bucket NAME.']],
  azure: [['container', () => 'Which container? Give --container NAME.']],
  sftp: [
    ACCOUNT,
    FOLDER,
    [
      'hostKey',
      ({ sftp }) =>
        `Which host key has the server? Give --host-key SHA256:…, as whoever runs the server tells it; \`ssh-keyscan ${String(sftp)} | ssh-keygen -lf -\` prints those that it shows.`,
    ],
  ],
  ftp: [ACCOUNT, FOLDER],
  rclone: [
    ['rcloneConfig', () => 'Where is the remote described? Give --rclone-config FILE.'],
    ['path', () => 'Which folder there? Give --path PATH.'],
  ],
};

const OVER_HTTP = ['caFile', 'proxy', 'proxyUser', 'proxyPasswordFile'] as const;
const ON_SERVER = ['port', 'user', 'path', 'passwordFile'] as const;
/** Options that each kind knows, beside the one of its name. */
const OWN: Readonly<Record<PlaceKind, readonly (keyof PlaceOptions)[]>> = {
  folder: [],
  s3: ['bucket', 'port', 'tls', 'region', 'pathStyle', ...OVER_HTTP, 'accessKey', 'secretKeyFile'],
  azure: ['container', 'blobHost', 'accountInPath', 'port', 'tls', ...OVER_HTTP, 'accountKeyFile', 'sasFile'],
  sftp: [...ON_SERVER, 'hostKey', 'privateKeyFile', 'privateKeyPassphraseFile'],
  ftp: [...ON_SERVER, 'tls', 'implicitTls', 'caFile'],
  rclone: ['rcloneConfig', 'path', ...OVER_HTTP],
};
const OPTIONS = new Set(Object.values(OWN).flat());

/** Refuses options that the kind would pass over in silence. */
export function refuseOthers(kind: PlaceKind, options: PlaceOptions): void {
  for (const option of OPTIONS) {
    if (options[option] === undefined || OWN[kind].includes(option)) continue;
    const flag = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${flag} says nothing about a place of the kind ${kind}. Leave it out.`);
  }
}
