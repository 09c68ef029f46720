import { checkReport, destinationView, type DestinationView } from '@holdfast/contracts/api';
import { z } from 'zod';
import { path } from '../api/path.js';
import type { Session } from '../session.js';
import { limitsFrom, limitsIn, limitsInWords, withLimitOptions, type LimitOptions } from '../settings/limits.js';
import { changedPlace, placeFrom, type PlaceOptions, withPlaceOptions } from '../settings/place-options.js';
import type { CommandGroup } from './command-group.js';
import { showCheck } from './tenant.commands.js';

type ChangeOptions = PlaceOptions & LimitOptions & { readonly name?: string; readonly newSecret?: boolean };

/** `holdfast destination …`. */
export const destinationCommands: CommandGroup = (program, act) => {
  const destination = program.command('destination').description('places that hold backup data');
  withLimitOptions(withPlaceOptions(destination.command('add').argument('<name>', 'what you call it'), 'the server'))
    .description('test a destination and save it')
    .option('--no-test', 'save it untried')
    .action(
      act(async (session, displayName: string, options: PlaceOptions & LimitOptions & { test: boolean }) => {
        const { settings, credentials } = await placeFrom(session.around, options);
        const place = { settings: { ...settings, bandwidth: limitsFrom(options) }, credentials };
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
        show(session, made);
      }),
    );
  withPlaceOptions(destination.command('try'), 'the server')
    .description('test a destination without saving it')
    .action(
      act(async (session, options: PlaceOptions) => {
        const place = await placeFrom(session.around, options);
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
  withLimitOptions(
    withPlaceOptions(destination.command('change').argument('<destination>', 'name or id'), 'the server'),
  )
    .description(
      'change settings, name or secret of a destination that leads to the same objects; what is not said stays',
    )
    .option('--name <name>', 'what you call it')
    .option('--new-secret', 'give the secret anew, by its file, the environment or a prompt')
    .action(act(changeDestination));
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

async function changeDestination(session: Session, text: string, options: ChangeOptions): Promise<void> {
  const at = await session.below(path`destinations/${await session.destination(text)}`);
  const { version, displayName, settings } = await session.api.get(at, destinationView);
  const { name = displayName, newSecret: isSecretNew = false, ...place } = options;
  const changed = await changedPlace(session.around, settings, { ...place, isSecretNew });
  const bandwidth = limitsFrom(options, limitsIn(settings));
  const body = { version, displayName: name, ...changed, settings: { ...changed.settings, bandwidth } };
  show(session, await session.api.put(at, destinationView, body));
}

function show(session: Session, made: DestinationView): void {
  session.print.fields(made, [
    ['Name', made.displayName],
    ['Id', made.destinationId],
    ['Kind', made.kind],
    ['Place', placeInWords(made)],
    ['Limits', limitsInWords(limitsIn(made.settings))],
  ]);
}

function placeInWords({ settings }: DestinationView): string {
  const { path, bucket, container, backend, account, host = account ?? backend } = settings;
  const inside = String(bucket ?? container ?? path);
  return typeof host === 'string' ? `${inside} at ${host}` : inside;
}
