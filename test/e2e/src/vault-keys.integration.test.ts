import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
const HOLDFAST = resolve(import.meta.dirname, '../../../services/cli/dist/main.js');
const FIRST = 'correct horse battery staple';
const SECOND = 'a lighthouse keeps no secrets';
const THIRD = 'seven pelicans argue over marmalade';
const PLACES = ['near', 'far'];
const { start, folder } = useProtectedTenant();

type Secret = readonly ['--passphrase-file' | '--vault-key-file' | '--recovery-key-file', ...string[]];

/** Exit code and words of a command that has a place and a secret, and nothing of a server. */
async function holdfast(verb: 'list' | 'restore', place: string, [option, ...texts]: Secret) {
  const [secret, to] = [join(folder(), 'secret'), join(folder(), 'restored')];
  await writeFile(secret, `${texts.join('\n')}\n`);
  await rm(to, { recursive: true, force: true });
  const line = ['vault', verb, '--folder', join(folder(), place), option, secret];
  if (verb === 'restore') line.push('--to', to);
  return new Promise<{ readonly code: number; readonly words: string }>((done) => {
    execFile(process.execPath, [HOLDFAST, ...line], { env: {}, maxBuffer: 1 << 26 }, (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, words: out + err }),
    );
  });
}

async function objectsAt(place: string, kind: 'packs' | 'keys'): Promise<string[]> {
  const names = await readdir(join(folder(), place), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((name) => name.includes(`/${kind}/`)).sort();
}

/** The key ids that packs at a place name in their headers. */
async function keysOfPacks(place: string): Promise<ReadonlySet<string>> {
  const packs = await Promise.all((await objectsAt(place, 'packs')).map((name) => readFile(name)));
  return new Set(packs.map((pack) => pack.toString('hex', 32, 48)));
}

/** Names of a kind's key objects, below the vault's prefix. */
const keyNames = async (place: string, kind: string) =>
  (await objectsAt(place, 'keys')).filter((name) => name.includes(`/${kind}-`)).map((name) => name.split('/keys/')[1]);

/** A destination changes its key objects a moment after the answer: waits until all have the same, that many, and none of `before`. */
async function waitForKeys(kind: string, count: number, before: readonly unknown[] = []): Promise<readonly unknown[]> {
  for (let tries = 0; tries < 450; tries += 1) {
    const found = await Promise.all(PLACES.map((place) => keyNames(place, kind)));
    const [first = []] = found;
    const isSame = found.every((names) => names.join() === first.join());
    if (isSame && first.length === count && !first.some((name) => before.includes(name))) return first;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`the destinations do not have ${count} new ${kind} keys each within ninety seconds`);
}

it('changes passphrase, recovery key and root key without a touch to data, and opens the vault by what opens it now', async () => {
  const encryption = { kind: 'custom', passphrase: FIRST, keyBits: 128 };
  const settings = { CATCH_UP_INTERVAL: '200ms' };
  const tenant = await start({ messages: 12, files: 6, destinations: PLACES, encryption, settings });
  const { api, tenantId, set, vaultId, keyText, control, directoryId } = tenant;
  const backUp = async () => {
    const { jobId } = await api.startBackup(tenantId, set);
    expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
    return api.jobReport(tenantId, jobId);
  };
  await backUp();
  const made = await waitForKeys('passphrase', 1);
  const packs = await objectsAt('near', 'packs');
  expect((await holdfast('list', 'far', ['--passphrase-file', FIRST])).code).toBe(0);

  const escrowed = await api.changeKeys(tenantId, vaultId, 'escrows');
  const change = (passphrase: string, proof: object) => api.changePassphrase(tenantId, vaultId, passphrase, proof);
  const byFirst = { kind: 'passphrase', passphrase: FIRST };
  await expect(change('password', byFirst)).rejects.toThrow('The passphrase is too weak. It would be found within');
  const wrong = { kind: 'passphrase', passphrase: SECOND };
  await expect(change(SECOND, wrong)).rejects.toThrow('not the passphrase of the vault, so its passphrase stays');
  await expect(change(SECOND, { kind: 'key', keys: [escrowed.recoveryKeyText] })).rejects.toThrow('not a key of the');
  expect((await holdfast('list', 'near', ['--passphrase-file', FIRST])).code).toBe(0);
  // Whoever has forgotten it proves himself with another key.
  expect((await change(THIRD, { kind: 'recovery', recoveryKey: escrowed.recoveryKeyText })).warnings).toEqual([]);
  await waitForKeys('passphrase', 1, made);
  expect((await change(FIRST, { kind: 'key', keys: [keyText] })).warnings).toEqual([]);
  expect((await change(SECOND, byFirst)).warnings).toEqual([]);
  await waitForKeys('recovery', 1);
  const changed = await waitForKeys('passphrase', 1, made);
  expect(await objectsAt('near', 'packs')).toEqual(packs);
  for (const place of PLACES) {
    const told = await holdfast('list', place, ['--passphrase-file', FIRST]);
    expect([told.code, told.words]).toEqual([1, expect.stringContaining('No vault at this place is opened')]);
    expect((await holdfast('list', place, ['--passphrase-file', SECOND])).code).toBe(0);
    expect((await holdfast('list', place, ['--recovery-key-file', escrowed.recoveryKeyText!])).code).toBe(0);
  }

  const rotate = (passphrase: string) => api.changeKeys(tenantId, vaultId, 'key-rotations', { passphrase });
  await expect(rotate(FIRST)).rejects.toThrow('not the vault’s passphrase');
  const before = await keysOfPacks('near');
  const { keyTexts, recoveryKeyText } = await rotate(SECOND);
  await waitForKeys('passphrase', 2, changed);
  await waitForKeys('recovery', 2);
  await waitForKeys('provider', 2);
  await control.live(directoryId, { days: 2, joiners: 0, leavers: 0, seed: 4 });
  expect((await backUp()).newItems.items).toBeGreaterThan(0);
  expect(before.size).toBe(1);
  expect((await keysOfPacks('near')).size).toBe(2);
  expect((await backUp()).newItems.items).toBe(0);

  const keys = [keyText!, ...keyTexts];
  for (const secret of [
    ['--passphrase-file', SECOND],
    ['--recovery-key-file', recoveryKeyText!],
    ['--vault-key-file', ...keys.toReversed()],
  ] as const)
    expect([secret[0], (await holdfast('restore', 'near', secret)).code]).toEqual([secret[0], 0]);
  expect((await holdfast('restore', 'near', ['--vault-key-file', keyText!])).code).toBe(1);
  const overtaken = await holdfast('list', 'near', ['--recovery-key-file', escrowed.recoveryKeyText!]);
  expect(overtaken.code).toBe(1);

  const recover = (recoveryKey: string) => api.changeKeys(tenantId, vaultId, 'key-recoveries', { recoveryKey });
  await expect(recover(escrowed.recoveryKeyText!)).rejects.toThrow('does not open the vault');
  expect((await recover(recoveryKeyText!)).keyTexts).toEqual(keys);
  const anew = await tenant.install('anew');
  await anew.api.createTenant({ ...tenant.registration, tenantId });
  const { destinationId } = await anew.api.createFolderDestination(tenantId, join(folder(), 'near'));
  const wanted = { destinationIds: [destinationId], lookOnly: true };
  const look = (secret: object) => anew.api.rebuildVault(tenantId, { ...wanted, secret });
  expect(await look({ kind: 'recovery', recoveryKey: recoveryKeyText })).toMatchObject({ vaultId });
  await expect(look({ kind: 'key', keys: [keyText] })).rejects.toThrow('The vault has 2 root keys');
}, 300_000);

it('offers no cipher mode that proves nothing, and says why', async () => {
  const { api, tenantId, destinationIds } = await start({
    messages: 1,
    files: 1,
    destinations: ['near'],
    settings: {},
  });
  const [displayName, workloads] = ['Old ways', ['mail'] as const];
  for (const mode of ['ecb', 'cbc'])
    await expect(
      api.createSet(tenantId, { displayName, destinationIds, workloads, encryption: { kind: 'default', mode } }),
    ).rejects.toThrow('neither proves what it opens');
}, 120_000);

it('makes no vault that a person’s password opens without the escrow that the provider requires, nor with a weak one', async () => {
  const settings = { PASSPHRASE_ESCROW: 'required', CATCH_UP_INTERVAL: '200ms' };
  const { api, tenantId, destinationIds } = await start({ messages: 1, files: 1, destinations: ['near'], settings });
  const create = (displayName: string, encryption: object) =>
    api.createSet(tenantId, { displayName, destinationIds, workloads: ['mail'], encryption });
  const password = { kind: 'user-password', passphrase: FIRST };
  await expect(create('Ann', password)).rejects.toThrow('Make it with escrow');
  const weak = { ...password, passphrase: 'Passwort2024!', escrow: true };
  await expect(create('Ann', weak)).rejects.toThrow('The passphrase is too weak');
  const { backupSet, keyText, recoveryKeyText } = await create('Ann', { ...password, escrow: true });
  const { vaultId } = backupSet;
  expect(await api.vault(tenantId, vaultId)).toMatchObject({ keyKind: 'user-password', keyBits: 256 });
  const inVault = (...secret: Secret) => holdfast('list', 'near', secret);
  expect([keyText?.length, recoveryKeyText?.length]).toEqual([44, 44]);
  expect((await inVault('--recovery-key-file', recoveryKeyText!)).code).toBe(0);
  const proof = { kind: 'passphrase', passphrase: FIRST };
  await api.changePassphrase(tenantId, vaultId, SECOND, proof);
  // The key itself is what it was.
  expect((await inVault('--vault-key-file', keyText!)).code).toBe(0);
  expect((await inVault('--passphrase-file', SECOND)).code).toBe(0);
  const rotated = await api.changeKeys(tenantId, vaultId, 'key-rotations', { passphrase: SECOND });
  expect(rotated.recoveryKeyText).toHaveLength(44);
}, 180_000);
