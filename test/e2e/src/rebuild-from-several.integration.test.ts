import type { HoldfastApi } from '@holdfast/demo';
import { describeWithServer, NO_S3, s3Server, type S3Server } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from 'minio';
import { filesBelow } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell, restoreEverything } from './restore-everything.suite.js';

const HOLDFAST = resolve(import.meta.dirname, '../../../services/cli/dist/main.js');
const PASSPHRASE = 'seven pelicans argue over marmalade';
/** Many packs, and copies that are made at once. */
const SETTINGS = { CHECKPOINT_EVERY: '5', CATCH_UP_INTERVAL: '200ms', COPY_FIRST_PAUSE: '200ms' };
const WITHIN_MS = 60_000;

const { clock, start, folder } = useProtectedTenant();
const at = (name: string) => join(folder(), name);

type Tenant = Awaited<ReturnType<typeof start>>;

async function backUp(api: HoldfastApi, { tenantId, set }: Tenant): Promise<string> {
  return (await endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId)).jobId;
}

/** Objects below a place, without the vault's opaque prefix and the mark of a folder. */
async function objectsAt(place: string, kind = ''): Promise<string[]> {
  const files = (await filesBelow(at(place))).filter((file) => /\/[0-9a-f]{32}\//.test(file.slice(at(place).length)));
  return files.filter((file) => file.includes(`/${kind}`)).sort();
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = clock.now() + WITHIN_MS;
  while (!(await holds())) {
    if (clock.now() > end) throw new Error(`not within a minute: ${what}`);
    await clock.sleep(200);
  }
}

/** Hashes of all objects at a place; undefined where one went while they were read. */
async function hashesAt(place: string): Promise<readonly string[] | undefined> {
  const sha256 = async (file: string) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  try {
    return (await Promise.all((await objectsAt(place)).map(sha256))).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function alter(file: string): Promise<void> {
  const sealed = await readFile(file);
  sealed[sealed.byteLength - 1]! ^= 1;
  await writeFile(file, sealed);
}

const areAlike = () =>
  until('the destinations hold the same, byte for byte', async () => {
    const [near, far] = await Promise.all(['near', 'far'].map(hashesAt));
    return near !== undefined && near.join() === far?.join();
  });

/** A vault whose first destination missed the second backup, and what was told of the jobs. */
async function oneBehind(): Promise<Tenant & { readonly firstJob: string; readonly lastJob: string }> {
  const tenant = await start({
    messages: 24,
    files: 12,
    destinations: ['near', 'far'],
    settings: SETTINGS,
    encryption: { kind: 'user-password', passphrase: PASSPHRASE },
  });
  const firstJob = await backUp(tenant.api, tenant);
  await until('the first job is noted', async () => (await objectsAt('near', 'jobs/')).length === 1);
  await areAlike();
  await rename(at('near'), at('gone'));
  await tenant.control.live(tenant.directoryId, { days: 2, joiners: 0, leavers: 0, seed: 4 });
  const lastJob = await backUp(tenant.api, tenant);
  await until('the second job is noted', async () => (await objectsAt('far', 'jobs/')).length === 2);
  await tenant.stop();
  await rename(at('gone'), at('near'));
  return { ...tenant, firstJob, lastJob };
}

let installations = 0;

/** An installation that knows the tenant and two destinations, and the command signed in to it. */
async function installAnew(
  tenant: Tenant,
  places: readonly (readonly [string, object])[],
  [option, words]: readonly [string, string] = ['--passphrase-file', PASSPHRASE],
) {
  const { tenantId, registration, install } = tenant;
  // Short: the paths of an installation's sockets hold its name and may have 103 bytes.
  const { api, url, apiKey } = await install(`anew${(installations += 1)}`);
  await api.createTenant({ ...registration, tenantId });
  for (const [displayName, settings] of places) await api.createDestination(tenantId, { displayName, ...settings });
  const secret = at('secret');
  await writeFile(secret, words);
  const holdfast = (...line: string[]) => {
    const env = { HOLDFAST_URL: url, HOLDFAST_API_KEY: apiKey, HOME: folder() };
    return new Promise<{ readonly code: number; readonly out: string; readonly err: string }>((done) => {
      execFile(process.execPath, [HOLDFAST, ...line], { env }, (error, out, err) =>
        done({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  };
  const rebuildFrom = (names: readonly string[], ...options: string[]) => {
    const named = names.flatMap((displayName) => ['--destination', displayName]);
    return holdfast('vault', 'rebuild', ...named, option, secret, ...options);
  };
  const rebuild = (...options: string[]) =>
    rebuildFrom(
      places.map(([displayName]) => displayName),
      ...options,
    );
  return { api, holdfast, rebuild, rebuildFrom };
}

const atFolders = () =>
  [
    ['Near', { settings: { kind: 'folder', path: at('near') } }],
    ['Far', { settings: { kind: 'folder', path: at('far') } }],
  ] as const;

it('takes from each destination what the other lacks or has damaged, says what came from where, and makes them alike', async () => {
  const tenant = await oneBehind();
  const { tenantId, set } = tenant;
  const [nearPacks, farPacks] = await Promise.all([objectsAt('near', 'packs/'), objectsAt('far', 'packs/')]);
  const [altered, gone, onlyNear] = nearPacks as [string, string, string];
  // Not cut: of a pack that is cut the copier may make good what is left before the rebuild comes to it.
  await alter(altered);
  await rm(gone);
  await rm(onlyNear.replace(at('near'), at('far')));
  const [header] = (await objectsAt('near')).filter((file) => file.endsWith('/header'));
  await alter(header!);
  const [nearKey] = await objectsAt('near', 'keys/');
  await rm(nearKey!);
  const [farSnapshot] = await objectsAt('far', 'snapshots/');
  await writeFile(farSnapshot!, 'no snapshot');

  const { api, rebuild } = await installAnew(tenant, atFolders());
  const look = await rebuild('--look');
  expect([look.code, look.err]).toEqual([0, '']);
  expect(look.out).toMatch(/Near: newest backup of .*\nFar: newest backup of /);
  const { code, out, err } = await rebuild('--yes', '--watch');
  expect([code, err]).toEqual([0, expect.any(String)]);
  const [fromNear, fromFar] = [nearPacks.length - 2, farPacks.length - nearPacks.length + 2];
  const told = (packs: number, sets: number) =>
    `packs taken: ${packs}, snapshots taken: 4, sets taken: ${sets}, jobs taken: 1, damaged: 1, packs it lacks`;
  expect(out).toContain(`Near: ${told(fromNear, 1)}`);
  expect(out).toContain(`Far: ${told(fromFar, 0)}`);
  expect(out).toContain('Damaged objects that another destination holds whole, mended from there: 2');

  await areAlike();
  expect((await objectsAt('near', 'packs/')).length).toBe(farPacks.length);
  const { keyKind } = await api.vault(tenantId, tenant.vaultId);
  expect(keyKind).toBe('user-password');
  expect((await api.jobs(tenantId, set)).map(({ jobId }) => jobId)).toEqual([tenant.lastJob, tenant.firstJob]);
  const again = await backUp(api, tenant);
  expect((await api.jobReport(tenantId, again)).newItems.items).toBe(0);
  const check = await api.startCheck(tenantId, tenant.vaultId, { mode: 'deep' });
  expect((await api.ended(tenantId, check.jobId, WITHIN_MS)).state).toBe('completed');
  await restoreEverything(api, tenant, again);
}, 300_000);

it('is refused while a destination does not answer, and brings all back from the other', async () => {
  const tenant = await oneBehind();
  const { tenantId, vaultId } = tenant;
  const { api, rebuild, rebuildFrom } = await installAnew(tenant, atFolders());
  await rename(at('near'), at('gone'));
  expect((await rebuild('--look')).out).toMatch(
    /Near: could not be looked at\. The destination folder .*\nFar: newest/,
  );
  const refused = await rebuild('--yes');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('leave it out of the rebuild')]);
  const { code, out } = await rebuildFrom(['Far'], '--yes', '--watch');
  expect([code, out]).toEqual([0, expect.stringContaining('Far: packs taken: ')]);
  expect((await api.vault(tenantId, vaultId)).destinationIds).toHaveLength(1);
  expect(await api.snapshots(tenantId, tenant.set)).toHaveLength(8);
  await restoreEverything(api, tenant, await backUp(api, tenant));
}, 300_000);

const s3 = s3Server();
describeWithServer('a vault in a bucket', s3 ? undefined : NO_S3, () => {
  it('comes back from there, is copied to a folder that has nothing of it, and is backed up to and restored from', async () => {
    const tenant = await start({ messages: 24, files: 12, destinations: ['near'], settings: SETTINGS });
    const { settings, countObjects } = await newBucket(s3!);
    const { api, tenantId } = tenant;
    const { destinationId } = await api.createDestination(tenantId, { displayName: 'Bucket', ...settings });
    const made = await api.createSet(tenantId, {
      displayName: 'In a bucket',
      destinationIds: [destinationId],
      workloads: ['mail', 'drive'],
    });
    const { backupSetId: set, vaultId } = made.backupSet;
    const inBucket = { ...tenant, set, vaultId };
    await backUp(api, inBucket);
    await tenant.control.live(tenant.directoryId, { days: 1, joiners: 0, leavers: 0, seed: 4 });
    await backUp(api, inBucket);
    await until('both jobs are noted', async () => (await countObjects('/jobs/')) === 2);
    await tenant.stop();

    const anew = await installAnew(inBucket, [['Bucket', settings]], ['--vault-key-file', made.keyText!]);
    const { code, out } = await anew.rebuild('--yes', '--watch');
    expect(code).toBe(0);
    expect(out).toMatch(/Bucket: packs taken: [1-9]\d*, snapshots taken: 8, sets taken: 1, jobs taken: 2, damaged: 0/);
    await mkdir(at('added'));
    await anew.api.createFolderDestination(tenantId, at('added'));
    await anew.holdfast('set', 'destinations', 'In a bucket', '--add', 'Backup folder');
    await until(
      'the folder has what the bucket has',
      async () => (await objectsAt('added')).length === (await countObjects('/')),
    );

    const again = await backUp(anew.api, inBucket);
    expect((await anew.api.jobReport(tenantId, again)).newItems.items).toBe(0);
    await restoreEverything(anew.api, tenant, again);
  }, 300_000);
});

/** A bucket of this test's own, and how many objects of its vault bear `part` in their names. */
async function newBucket({ host, port, accessKey, secretKey }: S3Server) {
  const bucket = `holdfast-rebuild-${randomUUID()}`;
  const client = new Client({ endPoint: host, port, useSSL: false, region: 'us-east-1', accessKey, secretKey });
  await client.makeBucket(bucket, 'us-east-1');
  const settings = {
    settings: { kind: 's3', host, port, tls: false, bucket },
    credentials: { kind: 's3', accessKey, secretKey },
  };
  const countObjects = async (part: string) => {
    let count = 0;
    for await (const { name } of client.listObjectsV2(bucket, '', true) as AsyncIterable<{ readonly name: string }>)
      if (/^[0-9a-f]{32}\//.test(name) && name.includes(part)) count += 1;
    return count;
  };
  return { settings, countObjects };
}
