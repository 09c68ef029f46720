import { checkReport, destinationView, type DestinationView } from '@holdfast/contracts/api';
import type { Command } from 'commander';
import { z } from 'zod';
import { path } from '../api/path.js';
import { UsageError } from '../failure.js';
import type { Session } from '../session.js';
import { countFrom } from '../settings/parse-options.js';
import { readSecret, readTextFile } from '../settings/read-secret.js';
import type { CommandGroup } from './command-group.js';
import { showCheck } from './tenant.commands.js';

interface PlaceOptions {
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

/** `holdfast destination …`. */
export const destinationCommands: CommandGroup = (program, act) => {
  const destination = program.command('destination').description('places that hold backup data');
  withPlace(destination.command('add').argument('<name>', 'what you call it'))
    .description('test a destination and save it')
    .option('--no-test', 'save it untried')
    .action(
      act(async (session, displayName: string, options: PlaceOptions & { test: boolean }) => {
        const place = await placeFrom(session, options);
        if (options.test) {
          const report = await session.api.post(await session.below('destinations/test'), checkReport, place);
          if (!report.ok) {
            showCheck(session.print, report);
            return;
          }
        }
        const made = await session.api.post(await session.below('destinations'), destinationView, {
          displayName,
          ...place,
        });
        session.print.fields(made, [
          ['Name', made.displayName],
          ['Id', made.destinationId],
          ['Kind', made.kind],
          ['Place', placeInWords(made)],
        ]);
      }),
    );
  withPlace(destination.command('try'))
    .description('test a destination without saving it')
    .action(
      act(async (session, options: PlaceOptions) => {
        const place = await placeFrom(session, options);
        showCheck(session.print, await session.api.post(await session.below('destinations/test'), checkReport, place));
      }),
    );
  destination
    .command('list')
    .description("list the tenant's destinations")
    .action(
      act(async (session) => {
        const at = await session.below('destinations');
        const { rows } = await session.api.get(at, z.object({ rows: z.array(destinationView) }));
        session.print.table(
          rows,
          [
            ['NAME', (row) => row.displayName],
            ['ID', (row) => row.destinationId],
            ['KIND', (row) => row.kind],
            ['PLACE', placeInWords],
          ],
          'There is no destination yet. Add one: holdfast destination add',
        );
      }),
    );
  destination
    .command('test')
    .description('test a saved destination')
    .argument('<destination>', 'name or id')
    .action(
      act(async (session, text: string) => {
        const at = await session.below(path`destinations/${await session.destination(text)}/test`);
        showCheck(session.print, await session.api.post(at, checkReport));
      }),
    );
  destination
    .command('remove')
    .description('forget a destination; refused while a vault uses it. Nothing is deleted there')
    .argument('<destination>', 'name or id')
    .action(
      act(async (session, text: string) => {
        const destinationId = await session.destination(text);
        await session.api.delete(await session.below(path`destinations/${destinationId}`));
        session.print.result({ destinationId, removed: true }, () =>
          session.print.line('The destination is forgotten.'),
        );
      }),
    );
};

function withPlace(command: Command): Command {
  return command
    .option('--folder <path>', 'a folder of the server')
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

async function placeFrom(session: Session, options: PlaceOptions): Promise<object> {
  if ((options.folder === undefined) === (options.s3 === undefined))
    throw new UsageError('Where to? Give --folder PATH, or --s3 HOST with --bucket NAME.');
  if (options.folder !== undefined) return { settings: { kind: 'folder', path: options.folder } };
  const { s3: host, bucket, port, tls, region, pathStyle } = options;
  if (bucket === undefined) throw new UsageError('Which bucket? Give --bucket NAME.');
  const ca = options.caFile === undefined ? undefined : await readTextFile(options.caFile, '--ca-file');
  const accessKey = options.accessKey ?? session.around.env['HOLDFAST_ACCESS_KEY'];
  if (!accessKey) throw new UsageError('The access key is missing. Give --access-key KEY or HOLDFAST_ACCESS_KEY.');
  const secretKey = await readSecret(session.around, {
    what: 'Secret key',
    file: options.secretKeyFile,
    variable: 'HOLDFAST_SECRET_KEY',
    option: '--secret-key-file',
  });
  // What is undefined is left out of the JSON.
  return {
    settings: { kind: 's3', host, bucket, port, tls, region, pathStyle, ca },
    credentials: { kind: 's3', accessKey, secretKey },
  };
}

function placeInWords({ settings }: DestinationView): string {
  const { path: folder, bucket, host } = settings;
  return typeof folder === 'string' ? folder : `${String(bucket)} at ${String(host)}`;
}
