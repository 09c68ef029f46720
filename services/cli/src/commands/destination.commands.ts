import { checkReport, destinationView, type DestinationView } from '@holdfast/contracts/api';
import type { Command } from 'commander';
import { z } from 'zod';
import { path } from '../api/path.js';
import type { Session } from '../session.js';
import { limitsFrom, limitsIn, limitsInWords, withLimitOptions, type LimitOptions } from '../settings/limits.js';
import { lockFrom, lockIn, lockInWords, type LockOptions, withLockOptions } from '../settings/lock-options.js';
import {
  changedPlace,
  type GivenPlace,
  placeFrom,
  type PlaceOptions,
  withPlaceOptions,
} from '../settings/place-options.js';
import type { CommandGroup } from './command-group.js';
import { showCheck } from './tenant.commands.js';

type AddOptions = PlaceOptions & LockOptions & LimitOptions;
type ChangeOptions = AddOptions & { readonly name?: string; readonly newSecret?: boolean };

/** `holdfast destination …`. */
export const destinationCommands: CommandGroup = (program, act) => {
  const destination = program.command('destination').description('places that hold backup data');
  withWholeOptions(destination.command('add').argument('<name>', 'what you call it'))
    .description('test a destination and save it')
    .option('--no-test', 'save it untried')
    .action(
      act(async (session, displayName: string, options: AddOptions & { test: boolean }) => {
        const { settings, credentials } = await lockedPlace(session, options);
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
  withLockOptions(withPlaceOptions(destination.command('try'), 'the server'))
    .description('test a destination without saving it')
    .action(
      act(async (session, options: PlaceOptions & LockOptions) => {
        const place = await lockedPlace(session, options);
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
            ['LOCK', ({ settings }) => lockInWords(lockIn(settings))],
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
  withWholeOptions(destination.command('change').argument('<destination>', 'name or id'))
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

const withWholeOptions = (command: Command) =>
  withLimitOptions(withLockOptions(withPlaceOptions(command, 'the server')));

async function lockedPlace(session: Session, options: PlaceOptions & LockOptions): Promise<GivenPlace> {
  const { settings, ...rest } = await placeFrom(session.around, options);
  const lock = lockFrom(options, settings.kind);
  return { settings: { ...settings, ...(lock && { lock }) }, ...rest };
}

async function changeDestination(session: Session, text: string, options: ChangeOptions): Promise<void> {
  const at = await session.below(path`destinations/${await session.destination(text)}`);
  const { version, displayName, settings } = await session.api.get(at, destinationView);
  const { name = displayName, newSecret: isSecretNew = false, ...place } = options;
  const changed = await changedPlace(session.around, settings, { ...place, isSecretNew });
  const bandwidth = limitsFrom(options, limitsIn(settings));
  const lock = lockFrom(options, settings.kind, lockIn(settings));
  const body = { version, displayName: name, ...changed, settings: { ...changed.settings, bandwidth, lock } };
  show(session, await session.api.put(at, destinationView, body));
}

function show(session: Session, made: DestinationView): void {
  session.print.fields(made, [
    ['Name', made.displayName],
    ['Id', made.destinationId],
    ['Kind', made.kind],
    ['Place', placeInWords(made)],
    ['Lock', lockInWords(lockIn(made.settings))],
    ['Limits', limitsInWords(limitsIn(made.settings))],
  ]);
}

function placeInWords({ settings }: DestinationView): string {
  const { path, bucket, container, backend, account, host = account ?? backend } = settings;
  const inside = String(bucket ?? container ?? path);
  return typeof host === 'string' ? `${inside} at ${host}` : inside;
}
