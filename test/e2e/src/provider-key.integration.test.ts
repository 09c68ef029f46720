import { unwrapRootKey } from '@holdfast/vault';
import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell, restoreEverything } from './restore-everything.suite.js';

const HOLDFAST = resolve(import.meta.dirname, '../../../services/cli/dist/main.js');
const PLACES = ['near', 'far'];
const { start, folder } = useProtectedTenant();

const newKey = () => randomBytes(32).toString('base64');

async function changeSecrets(change: {
  readonly providerKey: string;
  readonly furtherProviderKeys: readonly string[];
}) {
  const file = join(folder(), 'data', 'secrets.json');
  const secrets = JSON.parse(await readFile(file, 'utf8')) as { providerKey: string };
  await writeFile(file, JSON.stringify({ ...secrets, ...change }));
  return secrets.providerKey;
}

function holdfast(at: { readonly url: string; readonly apiKey: string }, ...line: readonly string[]) {
  const env = { HOLDFAST_URL: at.url, HOLDFAST_API_KEY: at.apiKey, HOME: folder() };
  return new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((done) => {
    execFile(process.execPath, [HOLDFAST, ...line], { env }, (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** Whether every wrap of the provider's kind at each destination, at least one, opens with this key. */
async function areWrappedWith(key: string): Promise<boolean> {
  const secret = { kind: 'provider', key: Buffer.from(key, 'base64') } as const;
  for (const place of PLACES) {
    const entries = await readdir(join(folder(), place), { recursive: true });
    const wraps = entries.filter((name) => /\/provider-[0-9a-f]{16}$/.test(name));
    if (wraps.length === 0) return false;
    for (const name of wraps)
      try {
        unwrapRootKey(await readFile(join(folder(), place, name)), secret);
      } catch {
        return false;
      }
  }
  return true;
}

it('is replaced while backups run, and dropped: the next start has the new one alone, backs up and restores', async () => {
  const settings = { CATCH_UP_INTERVAL: '200ms' };
  const tenant = await start({ messages: 30, files: 10, destinations: PLACES, settings });
  const { tenantId, set, control, directoryId } = tenant;
  await endedWell(tenant.api, tenantId, (await tenant.api.startBackup(tenantId, set)).jobId);
  await tenant.stop();

  const second = newKey();
  const first = await changeSecrets({ providerKey: second, furtherProviderKeys: [] });
  await expect(tenant.install('data')).rejects.toThrow(/PROVIDER_KEY .*opens nothing in this database/);

  await changeSecrets({ providerKey: second, furtherProviderKeys: [first] });
  const both = await tenant.install('data');
  expect(await areWrappedWith(first)).toBe(true);
  expect(JSON.parse((await holdfast(both, 'provider-key', 'status', '--json')).out)).toMatchObject({
    present: 0,
    lost: 0,
  });
  await control.live(directoryId, { days: 3, joiners: 0, leavers: 0, seed: 4 });
  const { jobId } = await both.api.startBackup(tenantId, set);
  const rewrapped = await holdfast(both, 'provider-key', 'rewrap');
  expect([rewrapped.code, rewrapped.err]).toEqual([0, expect.stringMatching(/FURTHER_PROVIDER_KEYS .*can be dropped/)]);
  await endedWell(both.api, tenantId, jobId);
  expect(JSON.parse((await holdfast(both, 'provider-key', 'rewrap', '--json')).out)).toMatchObject({
    rewrapped: 0,
    remaining: 0,
    lost: 0,
  });
  for (let tries = 0; !(await areWrappedWith(second)); tries += 1) {
    expect(tries).toBeLessThan(300);
    await new Promise((done) => setTimeout(done, 200));
  }
  await both.stop();

  await changeSecrets({ providerKey: second, furtherProviderKeys: [] });
  const alone = await tenant.install('data');
  await control.live(directoryId, { days: 1, joiners: 0, leavers: 0, seed: 5 });
  const last = await alone.api.startBackup(tenantId, set, { fullCheck: true });
  await endedWell(alone.api, tenantId, last.jobId);
  await restoreEverything(alone.api, tenant, last.jobId);
  await alone.stop();

  await changeSecrets({ providerKey: first, furtherProviderKeys: [] });
  await expect(tenant.install('data')).rejects.toThrow(/PROVIDER_KEY .*opens nothing in this database/);
}, 300_000);
