import { azureServer, describeWithServer, NO_AZURE } from '@holdfast/testkit';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell, restoreEverything } from './restore-everything.suite.js';

const HOLDFAST = resolve(import.meta.dirname, '../../../services/cli/dist/main.js');
const MIB = 1024 * 1024;
const { clock, start, folder } = useProtectedTenant();
const at = (name: string) => join(folder(), name);

/** Exit code and words of the command, as a process of its own. */
type Run = (
  line: readonly string[],
  env?: Record<string, string>,
) => Promise<{ code: number; out: string; err: string }>;

/** A tenant whose vault lies in one folder, and the command signed in to it. */
async function signedIn() {
  const tenant = await start({
    messages: 30,
    files: 12,
    destinations: ['near'],
    settings: { CATCH_UP_INTERVAL: '1s' },
  });
  const { url, apiKey, api, tenantId, set } = tenant;
  const holdfast: Run = (line, env = {}) =>
    new Promise((done) => {
      const around = { HOLDFAST_URL: url, HOLDFAST_API_KEY: apiKey, HOME: folder(), ...env };
      execFile(process.execPath, [HOLDFAST, ...line], { env: around }, (error, out, err) =>
        done({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  const backUp = async () => {
    const { jobId } = await endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId);
    return jobId;
  };
  return { ...tenant, holdfast, backUp };
}

/** The same, backed up once. */
async function backedUp() {
  const tenant = await signedIn();
  await tenant.backUp();
  return tenant;
}

async function done(answer: ReturnType<Run>): Promise<string> {
  const { code, out, err } = await answer;
  expect([code, err]).toEqual([0, '']);
  return out;
}

async function bytesBelow(root: string): Promise<number> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Resolves when no destination of the vault lacks anything. */
async function caughtUp(holdfast: Run): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const shares = JSON.parse(await done(holdfast(['set', 'destinations', 'Everybody', '--json']))) as object[];
    if (shares.every((share) => 'packsBehind' in share && share.packsBehind === 0)) return;
    await clock.sleep(250);
  }
  throw new Error('the destinations were never caught up');
}

/** Takes a destination away as soon as another has all that lies there: snapshots and notes too, which no count of packs tells of. */
async function takenAway(holdfast: Run, name: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { code, err } = await holdfast(['set', 'destinations', 'Everybody', '--remove', name]);
    if (code === 0) return;
    expect(err).toContain('Wait until another has caught up');
    await clock.sleep(250);
  }
  throw new Error('the destination could never be taken away');
}

describe('the destinations of a set', () => {
  it('are added, seeded, caught up, put first and removed; the added one restores all when the first is gone', async () => {
    const { holdfast, backUp, ...tenant } = await backedUp();
    await mkdir(at('far'));
    await done(holdfast(['destination', 'add', 'Far', '--folder', at('far')]));
    await done(holdfast(['set', 'destinations', 'Everybody', '--add', 'Far']));
    await caughtUp(holdfast);

    await tenant.control.live(tenant.directoryId, { days: 2, joiners: 0, leavers: 0, seed: 4 });
    await backUp();
    await caughtUp(holdfast);

    await done(holdfast(['set', 'destinations', 'Everybody', '--order', 'Far,Backup folder']));
    await takenAway(holdfast, 'Backup folder');
    await rm(at('near'), { recursive: true });
    await restoreEverything(tenant.api, tenant, await backUp());
  }, 300_000);
});

describe('a saved destination', () => {
  it('takes another name and another way to the same objects, without a restart, and is backed up to there', async () => {
    const { holdfast, backUp, api, tenantId, destinationIds } = await backedUp();
    await rename(at('near'), at('moved'));
    const line = ['destination', 'change', 'Backup folder', '--folder', at('moved'), '--name', 'Moved'];
    expect(await done(holdfast(line))).toContain(at('moved'));
    await backUp();
    expect(await api.destination(tenantId, destinationIds[0]!)).toMatchObject({ displayName: 'Moved', version: 2 });
  }, 300_000);

  it('stays as it was where its test fails, the place is another, somebody was quicker, or the input is wrong', async () => {
    const { holdfast, backUp, api, tenantId, destinationIds } = await backedUp();
    const [id] = destinationIds as [string];
    for (const name of ['empty', 'marked']) await mkdir(at(name));
    await writeFile(join(at('marked'), '.holdfast-destination'), '');
    const change = (...options: string[]) => holdfast(['destination', 'change', id, ...options]);
    for (const [options, code, words] of [
      [['--folder', at('nowhere')], 1, 'does not exist'],
      [['--folder', at('empty')], 1, 'vault: The destination folder has lost its mark'],
      [['--folder', at('marked')], 1, 'vault: The place does not hold what the vault has'],
      [['--folder', 'relative'], 1, 'absolute path'],
      [['--s3', 's3.example.com', '--bucket', 'b'], 2, 'stays so'],
    ] as const) {
      const { code: found, err } = await change(...options);
      expect([found, err]).toEqual([code, expect.stringContaining(words)]);
    }
    await mkdir(at('other'));
    await done(holdfast(['destination', 'add', 'Other', '--folder', at('other')]));
    const taken = await change('--folder', at('other'));
    expect([taken.code, taken.err]).toEqual([1, expect.stringContaining('count as two')]);
    const { settings } = await api.destination(tenantId, id);
    const late = api.changeDestination(tenantId, id, { version: 7, displayName: 'Late', settings });
    await expect(late).rejects.toThrow('changed since you read it');
    expect(await api.destination(tenantId, id)).toMatchObject({ version: 1, settings: { path: at('near') } });
    await backUp();
  }, 300_000);
});

describe('a limit of bandwidth', () => {
  it('holds for the jobs that follow, is shown, and can be taken away', async () => {
    const { holdfast, backUp, api, tenantId } = await signedIn();
    const change = (...options: string[]) => holdfast(['destination', 'change', 'Backup folder', ...options]);
    const limit = '00:00-24:00 1 MiB/s';
    const wrong = await change('--limit', limit, '--limit-time-zone', 'Mars/Olympus');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('IANA time zone')]);
    const shown = await done(change('--limit', limit, '--limit-time-zone', 'Europe/Berlin'));
    expect(shown).toContain('00:00-24:00 1 MiB/s (Europe/Berlin)');
    // Storage has opened the destination to make the vault.
    await clock.sleep(10_500);
    const { startedAtMs, finishedAtMs } = await api.job(tenantId, await backUp());
    const bytes = await bytesBelow(at('near'));
    expect(bytes).toBeGreaterThan(3 * MIB);
    expect(finishedAtMs! - startedAtMs).toBeGreaterThan((bytes / MIB - 1) * 1_000);
    expect(await done(change('--unlimited'))).not.toContain('MiB/s');
  }, 300_000);
});

const azure = azureServer();
describeWithServer('a credential that is rotated', azure ? undefined : NO_AZURE, () => {
  it('is taken only where it opens the same container, is kept where none is given, and is shown to no other server', async () => {
    const { holdfast, backUp, api, tenantId, set, control, directoryId } = await backedUp();
    const { host, port, account, accountKey } = azure!;
    const container = `e2e-${randomUUID()}`;
    const key = new StorageSharedKeyCredential(account, accountKey);
    await new BlobServiceClient(`http://${host}:${port}/${account}`, key).createContainer(container);
    const server = ['--blob-host', host, '--port', String(port), '--account-in-path', '--no-tls'];
    const place = ['--azure', account, '--container', container, ...server];
    await done(holdfast(['destination', 'add', 'Blob', ...place], { HOLDFAST_ACCOUNT_KEY: accountKey }));
    await done(holdfast(['set', 'destinations', 'Everybody', '--add', 'Blob', '--order', 'Blob']));
    await caughtUp(holdfast);
    const change = (options: readonly string[], env?: Record<string, string>) =>
      holdfast(['destination', 'change', 'Blob', ...options], env);
    const wrong = await change(['--new-secret'], { HOLDFAST_ACCOUNT_KEY: randomBytes(64).toString('base64') });
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('credential: The destination refused')]);
    const elsewhere = await change(['--blob-host', 'localhost']);
    expect([elsewhere.code, elsewhere.err]).toEqual([1, expect.stringContaining('credentials has to be given')]);
    await done(change(['--blob-host', 'localhost', '--new-secret'], { HOLDFAST_ACCOUNT_KEY: accountKey }));
    await done(change(['--name', 'Rotated']));
    await control.live(directoryId, { days: 1, joiners: 0, leavers: 0, seed: 4 });
    await backUp();
    await caughtUp(holdfast);
    const trail = await done(holdfast(['audit', 'list', '--json']));
    expect(trail).toContain('destination.change');
    for (const text of [trail, wrong.err, elsewhere.err]) expect(text).not.toContain(accountKey);
    expect((await api.backupSet(tenantId, set)).lastJobState).toMatch(/^completed/);
  }, 300_000);
});
