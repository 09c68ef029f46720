import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { contentsBelow, filesBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
/** Commits often, so that there are many packs; nothing but the check mends. */
const SETTINGS = { CHECKPOINT_EVERY: '5', CATCH_UP_INTERVAL: '100ms' };
const { clock, start, folder } = useProtectedTenant();

const packsIn = async (name: string) =>
  (await filesBelow(join(folder(), name))).filter((file) => file.includes('/packs/')).sort();

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.byteLength >> 1]! ^= 1;
  await writeFile(file, bytes);
}

async function swap(one: string, other: string): Promise<void> {
  const [left, right] = [await readFile(one), await readFile(other)];
  await writeFile(one, right);
  await writeFile(other, left);
}

/** Files whose bytes are not those that their names say. */
async function damagedIn(name: string): Promise<string[]> {
  const packs = await packsIn(name);
  const hashes = await Promise.all(
    packs.map(async (file) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ),
  );
  return packs.filter((file, at) => basename(file) !== hashes[at]);
}

it('mends what is damaged in one destination while backups run, tells of all, and every state restores', async () => {
  const tenant = await start({ messages: 60, files: 40, destinations: ['near', 'far'], settings: SETTINGS });
  const { api, tenantId, set, vaultId, keyText, control, directoryId } = tenant;
  const ended = async ({ jobId }: { readonly jobId: string }) => api.ended(tenantId, jobId, WITHIN_MS);
  const key = join(folder(), 'key');
  await writeFile(key, `${keyText}\n`);
  const isCopied = async () => {
    const [near, far] = await Promise.all([packsIn('near'), packsIn('far')]);
    return near.map((file) => basename(file)).join() === far.map((file) => basename(file)).join();
  };
  const copied = async () => {
    for (let tries = 0; !(await isCopied()); tries += 1) {
      if (tries === 300) throw new Error('the destinations are not alike after thirty seconds');
      await clock.sleep(100);
    }
  };
  let restores = 0;
  const restored = async (destination: string, asOf: string) => {
    const to = join(folder(), `restored-${(restores += 1)}`);
    const from = ['--folder', join(folder(), destination), '--vault-key-file', key];
    expect((await holdfast('vault', 'restore', ...from, '--as-of', asOf, '--to', to)).code).toBe(0);
    return contentsBelow(to);
  };

  const states: string[] = [];
  for (let seed = 1; seed <= 3; seed += 1) {
    expect((await ended(await api.startBackup(tenantId, set))).state).toMatch(WELL);
    states.push(new Date().toISOString());
    await control.destroy(directoryId, { seed, share: 0.2 });
  }
  await copied();
  const before = await Promise.all(states.map((asOf) => restored('near', asOf)));

  const [flipped, cut, emptied, gone, one, other] = await packsIn('near');
  const running = await api.startBackup(tenantId, set);
  await flip(flipped!);
  await truncate(cut!, 50);
  await truncate(emptied!, 0);
  await rm(gone!);
  await swap(one!, other!);
  const check = await ended(await api.startCheck(tenantId, vaultId, { mode: 'deep' }));
  expect((await ended(running)).state).toMatch(WELL);

  expect(check).toMatchObject({ kind: 'check', state: 'completed-with-warnings' });
  const { housekeeping } = await api.jobReport(tenantId, check.jobId);
  const counted = new Map(housekeeping.map(({ cause, items }) => [cause, items]));
  expect(counted.get('objectsMissing')).toBe(1);
  expect(counted.get('objectsMended')).toBe(6);
  expect(counted.get('objectsOpen')).toBe(0);
  const findings = (await api.findings(tenantId, vaultId)).filter(({ damage }) => damage !== 'unknown');
  const named = findings.map(({ object, state }) => `${basename(object)} ${state}`);
  expect(named.sort()).toEqual(
    [flipped!, cut!, emptied!, gone!, one!, other!].map((file) => `${basename(file)} mended`).sort(),
  );
  await copied();
  for (const destination of ['near', 'far']) {
    expect(await damagedIn(destination)).toEqual([]);
    for (const [at, asOf] of states.entries()) expect(await restored(destination, asOf)).toEqual(before[at]);
  }
  const again = await ended(await api.startCheck(tenantId, vaultId));
  expect([again.state, await api.findings(tenantId, vaultId)]).toEqual(['completed', []]);
}, 300_000);
