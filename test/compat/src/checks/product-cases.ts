import { isAppError } from '@holdfast/kernel';
import {
  findVaults,
  type FoundVault,
  PackCatalogue,
  readChains,
  type VaultSecret,
  writeItems,
} from '@holdfast/recovery';
import { parseRootKey } from '@holdfast/vault';
import { join } from 'node:path';
import type { Expected, ExpectedState } from '../golden/expected.js';
import type { GoldenVault } from '../golden/golden-folder.js';
import { openPlace } from '../golden/golden-place.js';
import { type Case, Refuted } from './case.js';
import { copyWithFlip, largestPack, oneOfEachKind } from './damage.js';
import { requireRestored } from './restored.js';
import { withScratch } from './scratch.js';

const WRONG_KEY = parseRootKey(Buffer.alloc(32, 7).toString('base64'));

/** What the product's own reader has to make of a golden vault. */
export async function productCases(vault: GoldenVault): Promise<Case[]> {
  const secrets = secretsOf(vault.expected);
  const [first] = secrets;
  const flips = (await oneOfEachKind(vault.place)).filter((name) => isLookedAt(name, secrets));
  return [
    ...secrets.flatMap((secret) => vault.expected.states.map((state) => restores(vault, secret, state))),
    tellsWrongKey(vault),
    ...flips.map((object) => noticesFlip(vault, first, object)),
    noticesChangedContent(vault, first),
  ].map(({ name, run }) => ({ name: `${vault.name}, product, ${name}`, run }));
}

function secretsOf({ keys, passphrase, wrappingKeys = [], isUnencrypted }: Expected): VaultSecret[] {
  return [
    ...(keys.length > 0 ? [{ kind: 'root', roots: keys.map(parseRootKey) } as const] : []),
    ...(passphrase === undefined ? [] : [{ kind: 'passphrase', passphrase } as const]),
    // A provider key opens vaults through the service that holds it, which its own tests show.
    ...wrappingKeys.flatMap(({ kind, key }) =>
      kind === 'recovery' ? [{ kind, key: Buffer.from(key, 'base64') }] : [],
    ),
    ...(isUnencrypted ? [{ kind: 'open' } as const] : []),
  ];
}

/** Restoring reads no notes of sets and jobs, and no key object when the key is brought. */
function isLookedAt(object: string, [secret]: readonly VaultSecret[]): boolean {
  if (object.startsWith('keys/')) return secret?.kind !== 'root';
  return !object.startsWith('sets/') && !object.startsWith('jobs/');
}

function restores(vault: GoldenVault, secret: VaultSecret, state: ExpectedState): Case {
  return {
    name: `restores ${state.day}, opened by ${secret.kind}`,
    run: () =>
      withScratch(async (folder) => {
        const told = await restore(vault.place, secret, state.jobStartedAt, folder);
        if (told.length > 0) throw new Refuted(told.join('\n  '));
        await requireRestored(folder, state.files);
      }),
  };
}

function tellsWrongKey(vault: GoldenVault): Case {
  return {
    name: 'opens nothing with a wrong key',
    run: async () => {
      const found = await Array.fromAsync(find(vault.place, { kind: 'root', roots: [WRONG_KEY] }));
      if (found.length > 0) throw new Refuted('it opened the vault');
    },
  };
}

function noticesFlip(vault: GoldenVault, secret: VaultSecret | undefined, object: string): Case {
  return {
    name: `notices a turned bit in ${object}`,
    run: () => requireNoticed(vault, secret, object, object.startsWith('packs/') ? -100 : 60),
  };
}

function noticesChangedContent(vault: GoldenVault, secret: VaultSecret | undefined): Case {
  return {
    name: 'notices a turned bit in the middle of its largest pack',
    run: async () => {
      const { name, bytes } = await largestPack(vault.place);
      await requireNoticed(vault, secret, name, Math.floor(bytes / 2));
    },
  };
}

async function requireNoticed(
  vault: GoldenVault,
  secret: VaultSecret | undefined,
  object: string,
  at: number,
): Promise<void> {
  if (!secret) throw new Refuted('nothing opens the vault');
  await withScratch(async (folder) => {
    const copy = join(folder, 'copy');
    await copyWithFlip(vault.place, copy, object, at);
    for (const { jobStartedAt, day } of vault.expected.states)
      if (await isNoticed(copy, secret, jobStartedAt, join(folder, day))) return;
    throw new Refuted(`every state was restored, with a turned bit at ${at} of ${object}`);
  });
}

async function isNoticed(place: string, secret: VaultSecret, asOf: number, folder: string): Promise<boolean> {
  try {
    return (await restore(place, secret, asOf, folder)).length > 0;
  } catch (error) {
    if (error instanceof Refuted || isAppError(error)) return true;
    throw error;
  }
}

/** Restores every resource below the folder; gives what is wrong with the vault, object by object and item by item. */
async function restore(place: string, secret: VaultSecret, asOf: number, folder: string): Promise<string[]> {
  const [vault] = await Array.fromAsync(find(place, secret));
  if (!vault) throw new Refuted('the secret opens no vault');
  using catalogue = new PackCatalogue(':memory:');
  const told: string[] = [];
  for await (const { name, reason } of catalogue.fill(vault.destination, vault.keys.indexKey))
    told.push(`${name}: ${reason}`);
  const { chains, damaged } = await readChains(vault, catalogue, asOf);
  told.push(...damaged.map(({ name, reason }) => `${name}: ${reason}`));
  for (const chain of chains)
    for await (const outcome of writeItems({ vault, catalogue }, chain, join(folder, chain.header.resource)))
      if (outcome.is === 'failed') told.push(`${outcome.path}: ${outcome.reason}`);
  return told;
}

async function* find(place: string, secret: VaultSecret): AsyncGenerator<FoundVault> {
  const open = (prefix: string) => openPlace(place, prefix);
  yield* findVaults(open, (await open('0'.repeat(32))).prefixes(), secret);
}
