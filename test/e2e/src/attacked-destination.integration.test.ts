import { expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import { createHash } from 'node:crypto';
import { copyFile, cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell } from './restore-everything.suite.js';

/** Many packs; and a vault that is opened anew for every download, so that nothing is read from memory. */
const SETTINGS = { CHECKPOINT_EVERY: '5', VAULT_KEPT: '1ms', CATCH_UP_INTERVAL: '100ms' };
const NOT_EXPORTED = 'Not exported.txt';
const { clock, start, folder } = useProtectedTenant();

type Files = ReadonlyMap<string, string>;

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

interface Packs {
  /** In the order of their names, which are hashes. */
  readonly all: readonly string[];
  /** Every other one of those that hold contents. */
  readonly some: readonly string[];
}

/** Byte 9 of a pack says whether it holds contents: docs/format/v1.md#packs. */
async function packsIn(place: string): Promise<Packs> {
  const all = (await filesBelow(place)).filter((file) => file.includes('/packs/')).sort();
  const data: string[] = [];
  for (const file of all) if ((await readFile(file))[9] === 0) data.push(file);
  return { all, some: data.filter((_, at) => at % 2 === 0) };
}

const each = (files: readonly string[], harm: (file: string) => Promise<unknown>) => Promise.all(files.map(harm));

/** What somebody can do who may write at a destination and has no key. */
const ATTACKS: readonly (readonly [string, (packs: Packs) => Promise<unknown>])[] = [
  ['turns a bit in some packs', ({ some }) => each(some, flip)],
  ['cuts some packs', ({ some }) => each(some, (file) => truncate(file, 100))],
  ['deletes some packs', ({ some }) => each(some, (file) => rm(file))],
  ['swaps packs', ({ some }) => swap(some[0]!, some[1]!)],
  [
    'puts one pack in the place of some others',
    ({ some: [first, ...others] }) => each(others, (file) => copyFile(first!, file)),
  ],
  ['leaves nothing of any', ({ all }) => each(all, (file) => truncate(file, 0))],
];

/** Copies are made a moment after the packs. */
async function bothHold([near, far]: readonly [string, string]): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const [here, there] = await Promise.all([packsIn(near), packsIn(far)]);
    if (here.all.length === there.all.length) return;
    await clock.sleep(100);
  }
  throw new Error('the destinations are not alike after thirty seconds');
}

it('hands out what another destination has, and never a wrong byte, whatever somebody does who can write at the destination', async () => {
  const { api, tenantId, set, url, apiKey, control, directoryId } = await start({
    messages: 24,
    files: 24,
    destinations: ['near', 'far'],
    settings: SETTINGS,
  });
  await endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId);
  await control.live(directoryId, { days: 2, joiners: 0, leavers: 0, seed: 4 });
  const { jobId } = await endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId);
  const places = ['near', 'far'].map((name) => join(folder(), name)) as [string, string];
  const [untouched, zip] = [join(folder(), 'untouched'), join(folder(), 'export.zip')];
  await bothHold(places);
  await cp(places[0], untouched, { recursive: true });
  const resources = (await api.snapshotsAsOf(tenantId, jobId)).flatMap(({ resourceId }) => ['--resource', resourceId]);
  const line = ['export', '--tenant', tenantId, '--job', jobId, ...resources, '--format', 'zip', '--force', '-o', zip];

  /** What a download gives, by path; undefined where it is refused or breaks off, of which nothing is kept. */
  async function exported(): Promise<{ readonly files: Files; readonly told: string } | undefined> {
    await rm(zip, { force: true });
    const { code } = await holdfast('--url', url, '--key', apiKey, ...line);
    const bytes = await readFile(zip).catch(() => undefined);
    expect(bytes === undefined).toBe(code !== 0);
    if (!bytes) return undefined;
    const entries = Object.entries(unzipSync(bytes)).filter(([path]) => !path.endsWith('/'));
    const told = Buffer.from(entries.find(([path]) => path === NOT_EXPORTED)?.[1] ?? []).toString();
    const named = entries.filter(([path]) => path !== NOT_EXPORTED);
    return {
      files: new Map(named.map(([path, of]) => [path, createHash('sha256').update(of).digest('hex')])),
      told,
    };
  }

  const whole = await exported();
  expect(whole!.files.size).toBeGreaterThan(60);
  for (const [what, attack] of ATTACKS) {
    await attack(await packsIn(places[0]));
    expect({ what, left: await exported() }).toEqual({ what, left: whole });
    await attack(await packsIn(places[1]));
    const left = await exported();
    const wrong = [...(left?.files ?? [])].filter(([path, hash]) => whole!.files.get(path) !== hash);
    // Names in the list are those of the mailbox, which a ZIP cannot always hold.
    const missing = left ? whole!.files.size - left.files.size : 0;
    const untold = missing - (left?.told.match(/: what the vault holds of it is lost/g)?.length ?? 0);
    const isNoticed = left === undefined || left.files.size < whole!.files.size;
    expect({ what, wrong, untold, isNoticed }).toEqual({ what, wrong: [], untold: 0, isNoticed: true });
    for (const place of places) {
      await rm(place, { recursive: true });
      await cp(untouched, place, { recursive: true });
    }
  }
  expect(await exported()).toEqual(whole);
}, 300_000);
