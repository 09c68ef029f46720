import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { contentsBelow, filesBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
/** Commits often, so that there are many packs; nothing but the check mends. */
const SETTINGS = { CHECKPOINT_EVERY: '5', CATCH_UP_INTERVAL: '100ms' };
/** Of the packs of one destination. */
const HARMED_SHARE = 0.1;
const { clock, start, folder } = useProtectedTenant();

const packsIn = async (name: string) =>
  (await filesBelow(join(folder(), name))).filter((file) => file.includes('/packs/')).sort();

/** Ways in which a pack comes to hold other bytes than it should. */
const HARMS: Readonly<Record<string, (file: string, other: string) => Promise<unknown>>> = {
  'a bit is flipped': async (file) => {
    const bytes = await readFile(file);
    bytes[bytes.byteLength >> 1]! ^= 1;
    await writeFile(file, bytes);
  },
  'it is cut': (file) => truncate(file, 50),
  'it is emptied': (file) => truncate(file, 0),
  'it is deleted': (file) => rm(file),
  'its bytes are those of an earlier pack': (file, other) => copyFile(other, file),
};

async function swap(one: string, other: string): Promise<void> {
  const [left, right] = [await readFile(one), await readFile(other)];
  await writeFile(one, right);
  await writeFile(other, left);
}

/** Harms some packs, at least `count`, in every way, and swaps two; answers which. */
async function harm(packs: readonly string[], count: number): Promise<readonly string[]> {
  const [replayed, one, other, ...rest] = packs as [string, string, string, ...string[]];
  const ways = Object.values(HARMS);
  const harmed = rest.slice(0, Math.max(ways.length, count - 2));
  for (const [at, file] of harmed.entries()) await ways[at % ways.length]!(file, replayed);
  await swap(one, other);
  return [one, other, ...harmed];
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

  const packs = await packsIn('near');
  const running = await api.startBackup(tenantId, set);
  const harmed = await harm(packs, Math.ceil(packs.length * HARMED_SHARE));
  expect(harmed.length / packs.length).toBeGreaterThanOrEqual(0.05);
  const check = await ended(await api.startCheck(tenantId, vaultId, { mode: 'deep' }));
  expect((await ended(running)).state).toMatch(WELL);

  expect(check).toMatchObject({ kind: 'check', state: 'completed-with-warnings' });
  const { housekeeping } = await api.jobReport(tenantId, check.jobId);
  const counted = new Map(housekeeping.map(({ cause, items }) => [cause, items]));
  expect(counted.get('objectsMissing')).toBeGreaterThanOrEqual(1);
  expect(counted.get('objectsMended')).toBe(harmed.length);
  expect(counted.get('objectsOpen')).toBe(0);
  const findings = (await api.findings(tenantId, vaultId)).filter(({ damage }) => damage !== 'unknown');
  const named = findings.map(({ object, state }) => `${basename(object)} ${state}`);
  expect(named.sort()).toEqual(harmed.map((file) => `${basename(file)} mended`).sort());
  await copied();
  for (const destination of ['near', 'far']) {
    expect(await damagedIn(destination)).toEqual([]);
    for (const [at, asOf] of states.entries()) expect(await restored(destination, asOf)).toEqual(before[at]);
  }
  const again = await ended(await api.startCheck(tenantId, vaultId));
  expect([again.state, await api.findings(tenantId, vaultId)]).toEqual(['completed', []]);
}, 300_000);
