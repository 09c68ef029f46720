import type { Command } from 'commander';
import { UsageError } from '../failure.js';
import type { Surroundings } from '../surroundings.js';
import { countFrom } from './parse-options.js';
import { readSecret, readTextFile } from './read-secret.js';

export interface PlaceOptions {
  readonly folder?: string;
  readonly s3?: string;
  readonly bucket?: string;
  readonly port?: number;
  readonly tls: boolean;
  readonly region?: string;
  readonly pathStyle: boolean;
  readonly caFile?: string;
  readonly accessKey?: string;
  readonly secretKeyFile?: string;
}

/** The options that say where backup data lies. `whose` machine a folder is of. */
export function withPlaceOptions(command: Command, whose: string): Command {
  return command
    .option('--folder <path>', `a folder of ${whose}`)
    .option('--s3 <host>', 'a service that speaks S3')
    .option('--bucket <name>', 'an existing bucket')
    .option('--port <port>', 'TCP port, when it is not the usual one', countFrom)
    .option('--no-tls', 'connect without encryption')
    .option('--region <name>', 'region that requests are signed for')
    .option('--no-path-style', 'the bucket stands in the host name')
    .option('--ca-file <file>', 'certificates to trust besides the public ones, PEM')
    .option('--access-key <key>', 'access key; else HOLDFAST_ACCESS_KEY')
    .option('--secret-key-file <file>', 'file that holds the secret key; else HOLDFAST_SECRET_KEY or a prompt');
}

/** Settings and credentials as libs/destinations takes them; what was not given is undefined. */
export async function placeFrom(
  around: Surroundings,
  options: PlaceOptions,
): Promise<{ settings: object; credentials?: object }> {
  if ((options.folder === undefined) === (options.s3 === undefined))
    throw new UsageError('Where to? Give --folder PATH, or --s3 HOST with --bucket NAME.');
  if (options.folder !== undefined) return { settings: { kind: 'folder', path: options.folder } };
  const { s3: host, bucket, port, tls, region, pathStyle } = options;
  if (bucket === undefined) throw new UsageError('Which bucket? Give --bucket NAME.');
  const ca = options.caFile === undefined ? undefined : await readTextFile(options.caFile, '--ca-file');
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
