import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WELL = /^completed(-with-warnings)?$/;
const HOLDFAST = resolve(import.meta.dirname, '../../../services/cli/dist/main.js');
const { start, folder } = useProtectedTenant();

/** Runs the command with a key file and nothing of a server. */
function holdfast(
  ...line: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [HOLDFAST, ...line], { env: {}, maxBuffer: 1 << 26 }, (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function hashesOf(files: readonly string[]): Promise<string[]> {
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return contents.map((content) => createHash('sha256').update(content).digest('hex')).sort();
}

it('gives every message and file back with the key alone, when server and database are gone', async () => {
  const tenant = await start({ messages: 30, files: 12, destinations: ['backups'], settings: {} });
  const { api, tenantId, set, keyText, control, directoryId } = tenant;
  const { jobId } = await api.startBackup(tenantId, set);
  expect((await api.ended(tenantId, jobId, 120_000)).state).toMatch(WELL);
  const model = await control.dump(directoryId);
  await tenant.stop();
  await rm(join(folder(), 'data'), { recursive: true, force: true });
  // A copy of the vault's own folder has nothing that makes the place a destination.
  await rm(join(folder(), 'backups/.holdfast-destination'));

  const key = join(folder(), 'key');
  await writeFile(key, `${keyText}\n`);
  const from = ['--folder', join(folder(), 'backups'), '--vault-key-file', key];
  const listed = await holdfast('vault', 'list', ...from, '--json');
  expect([listed.code, (JSON.parse(listed.out) as object[]).length]).toEqual([0, 4]);

  const to = join(folder(), 'restored');
  const restored = await holdfast('vault', 'restore', ...from, '--to', to, '--json');
  expect(restored.code).toBe(0);
  const report = JSON.parse(restored.out) as { written: number; leftOut: number };
  const files = await filesBelow(to);
  expect(report.written).toBe(files.length);
  const expected = model.flatMap(({ kind, contentHash }) => (kind === 'driveItem' && contentHash ? [contentHash] : []));
  const drives = await hashesOf(files.filter((file) => file.includes('/drive.')));
  expect(drives.length).toBeGreaterThan(10);
  expect(drives.filter((hash) => !expected.includes(hash))).toEqual([]);
  const missing = expected.filter((hash) => !drives.includes(hash));
  expect(missing.length).toBeLessThanOrEqual(report.leftOut);
  const messages = files.filter((file) => file.endsWith('.eml') && file.includes('/mail.'));
  expect(messages.length + report.leftOut).toBeGreaterThanOrEqual(
    model.filter(({ kind }) => kind === 'message').length,
  );

  const again = await holdfast('vault', 'restore', ...from, '--to', to);
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('is not empty')]);
  await writeFile(key, `${'A'.repeat(43)}=\n`);
  const wrong = await holdfast('vault', 'list', ...from);
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('No vault at this place is opened')]);
}, 300_000);

it('restores what is whole of a damaged vault, names what is not, and fails', async () => {
  const tenant = await start({ messages: 30, files: 12, destinations: ['backups'], settings: {} });
  const { api, tenantId, set, keyText } = tenant;
  const { jobId } = await api.startBackup(tenantId, set);
  expect((await api.ended(tenantId, jobId, 120_000)).state).toMatch(WELL);
  await tenant.stop();
  const data = await largestPack('data');
  await damage(data);
  const key = join(folder(), 'key');
  await writeFile(key, keyText ?? '');
  const from = ['--folder', join(folder(), 'backups'), '--vault-key-file', key];
  const restored = await holdfast('vault', 'restore', ...from, '--to', join(folder(), 'one'), '--json');
  const report = JSON.parse(restored.out) as { written: number; failed: number };
  expect(restored.code).toBe(1);
  expect(report.failed).toBeGreaterThan(0);
  expect(report.written).toBeGreaterThan(0);
  expect(await filesBelow(join(folder(), 'one'))).toHaveLength(report.written);

  await truncate(data, 200);
  const cut = await holdfast('vault', 'restore', ...from, '--to', join(folder(), 'two'), '--json');
  expect([cut.code, cut.err]).toEqual([1, expect.stringContaining('is passed over')]);
  expect(JSON.parse(cut.out)).toMatchObject({ resources: 4 });

  await damage(await largestPack('meta'));
  const unlisted = await holdfast('vault', 'restore', ...from, '--to', join(folder(), 'three'), '--json');
  expect([unlisted.code, JSON.parse(unlisted.out)]).toEqual([1, expect.objectContaining({ resources: 4 })]);
  expect(unlisted.err).toContain('cannot be read to its end');
}, 300_000);

/** The format's word for the branch stands in a pack's tenth byte. */
async function largestPack(branch: 'data' | 'meta'): Promise<string> {
  const found: { readonly file: string; readonly bytes: number }[] = [];
  for (const file of await filesBelow(join(folder(), 'backups'))) {
    if (!file.includes('/packs/')) continue;
    const content = await readFile(file);
    if (content[9] === (branch === 'data' ? 0 : 1)) found.push({ file, bytes: content.length });
  }
  return found.sort((one, other) => other.bytes - one.bytes)[0]!.file;
}

/** Flips bits among the chunks; the trailer at the end stays whole. */
async function damage(file: string): Promise<void> {
  const content = await readFile(file);
  for (let at = 100; at < content.length * 0.8; at += 500) content[at]! ^= 1;
  await writeFile(file, content);
}
