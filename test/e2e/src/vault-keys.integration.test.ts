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
  const weak = await api.changePassphrase(tenantId, vaultId, 'password');
  expect(weak.warnings).toEqual([expect.stringContaining('weak')]);
  expect((await api.changePassphrase(tenantId, vaultId, SECOND)).warnings).toEqual([]);
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
