import {
  type DestinationSettings,
  openDestination,
  parseDestinationCredentials,
  parseDestinationSettings,
} from '@holdfast/destinations';
import { SystemClock } from '@holdfast/kernel';
import { findVaults, type FoundVault, PackCatalogue, type VaultSecret } from '@holdfast/recovery';
import { parseRootKey } from '@holdfast/vault';
import type { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandFailed, UsageError } from '../failure.js';
import type { Printer } from '../output/printer.js';
import { placeFrom, type PlaceOptions, withPlaceOptions } from '../settings/place-options.js';
import { readVaultSecret, type VaultSecretOptions, withVaultSecretOptions } from '../settings/vault-secret.js';
import type { Surroundings } from '../surroundings.js';

export interface OpenVaultOptions extends PlaceOptions, VaultSecretOptions {
  readonly prefix?: string;
}

/** A vault and where its chunks lie. */
export interface OpenedVault {
  readonly vault: FoundVault;
  readonly catalogue: PackCatalogue;
  /** Packs that could not be read. */
  readonly damagedPacks: number;
}

export function withOpenVaultOptions(command: Command): Command {
  return withVaultSecretOptions(withPlaceOptions(command, 'this machine')).option(
    '--prefix <name>',
    'name below which the vault lies, where the key opens several',
  );
}

/** Finds the one vault that the secret opens, reads where its chunks lie, and has `use` work with it. */
export async function withOpenVault(
  around: Surroundings,
  print: Printer,
  options: OpenVaultOptions,
  use: (opened: OpenedVault) => Promise<void>,
): Promise<void> {
  const vault = await findVault(around, options);
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-catalogue-'));
  try {
    using catalogue = new PackCatalogue(join(scratch, 'chunks'));
    let damagedPacks = 0;
    for await (const { name, reason } of catalogue.fill(vault.destination, vault.keys.indexKey)) {
      damagedPacks += 1;
      print.note(`${name} is passed over: ${reason}`);
    }
    await use({ vault, catalogue, damagedPacks });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function findVault(around: Surroundings, options: OpenVaultOptions): Promise<FoundVault> {
  const place = await placeFrom(around, options);
  const settings = parseDestinationSettings(absolute(place.settings));
  const credentials = parseDestinationCredentials(place.credentials ?? { kind: settings.kind });
  const surroundings = { clock: new SystemClock(), randomBytes, isUnmarked: true };
  const open = (prefix: string) => openDestination({ settings, credentials, prefix }, surroundings);
  const prefixes = options.prefix === undefined ? (await open('0'.repeat(32))).prefixes() : only(options.prefix);
  const found = await Array.fromAsync(findVaults(open, prefixes, await secretFrom(around, options)));
  const [vault, ...others] = found;
  if (!vault)
    throw new CommandFailed(
      'No vault at this place is opened by what you gave. Either the key is of another vault, or the vault lies elsewhere.',
      ['Compare the key with the one that was shown when the backup set was made.'],
    );
  if (others.length > 0)
    throw new UsageError(
      `Several vaults are opened. Give --prefix with one of: ${found.map(({ prefix }) => prefix).join(', ')}.`,
    );
  return vault;
}

/** A folder may be given as the shell knows it. */
function absolute(settings: object): DestinationSettings | object {
  return 'path' in settings && typeof settings.path === 'string'
    ? { ...settings, path: resolve(settings.path) }
    : settings;
}

async function* only(prefix: string): AsyncGenerator<string> {
  yield prefix;
}

async function secretFrom(around: Surroundings, options: OpenVaultOptions): Promise<VaultSecret> {
  const given = await readVaultSecret(around, options);
  if (given.kind === 'off') return { kind: 'open' };
  if (given.kind === 'recovery') return { kind: 'recovery', key: parseRootKey(given.recoveryKey) };
  return given.kind === 'key' ? { kind: 'root', roots: given.keys.map(parseRootKey) } : given;
}
