import { SystemClock } from '@holdfast/kernel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describeDestination, itNamesPrefixes, termsOf } from '../destination.suite.js';
import { type Destination } from '../destination.port.js';
import { openDestination } from '../open-destination.js';

let folder: string | undefined;
const bytes = Buffer.from('bytes');

async function folderOfTest(): Promise<string> {
  return (folder ??= await mkdtemp(join(tmpdir(), 'holdfast-folder-')));
}

async function open(prefix: string, path?: string): Promise<Destination> {
  const settings = { kind: 'folder', path: path ?? (await folderOfTest()) } as const;
  return openDestination(
    { settings, credentials: { kind: 'folder' }, prefix },
    { clock: new SystemClock(), randomBytes },
  );
}

async function openClaimed(prefix: string): Promise<Destination> {
  const destination = await open(prefix);
  await destination.claim();
  return destination;
}

async function close(): Promise<void> {
  if (folder) await rm(folder, { recursive: true });
  folder = undefined;
}

describeDestination('FolderDestination', openClaimed, close);

describe('FolderDestination on a drive', () => {
  afterEach(close);

  itNamesPrefixes(openClaimed);

  it('does not write to the mount point of a drive that is gone', async () => {
    const destination = await openClaimed('ours');
    const path = await folderOfTest();
    await rename(path, `${path}.unmounted`);
    await mkdir(path);
    await expect(destination.put('packs/x', bytes, termsOf(bytes))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await expect(destination.get('packs/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(destination.head('packs/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(destination.delete('packs/x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(Array.fromAsync(destination.list(''))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await readdir(path)).toEqual([]);
    await rm(`${path}.unmounted`, { recursive: true });
  });

  it('does not make the folder anew that goes while it is written to', async () => {
    const destination = await openClaimed('ours');
    const path = await folderOfTest();
    async function* losing() {
      yield bytes.subarray(0, 2);
      await rename(path, `${path}.unmounted`);
      yield bytes.subarray(2);
    }
    const body = Readable.from(losing());
    await expect(destination.put('packs/x', body, termsOf(bytes))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(existsSync(path)).toBe(false);
    await rename(`${path}.unmounted`, path);
    await destination.put('packs/x', bytes, termsOf(bytes));
  });

  it('says that the folder does not exist, and does not create it', async () => {
    const missing = join(await folderOfTest(), 'missing');
    const destination = await open('ours', missing);
    await expect(destination.claim()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const report = await destination.test();
    expect(report.isUsable).toBe(false);
    expect(report.steps[0]).toMatchObject({ step: 'folder', outcome: 'failed' });
    expect(report.steps[0]!.words).toContain('does not exist');
    expect(report.steps[1]).toMatchObject({ step: 'write', outcome: 'skipped' });
    expect(existsSync(missing)).toBe(false);
  });

  it('says that the path is a file', async () => {
    const path = join(await folderOfTest(), 'file');
    await writeFile(path, '');
    expect((await (await open('ours', path)).test()).steps[0]!.words).toContain('Give the path of a folder');
  });

  it('leaves no mark when it is only tested', async () => {
    await (await open('ours')).test();
    expect((await readdir(await folderOfTest())).filter((name) => name !== '.holdfast-incoming')).toEqual([]);
  });

  it('clears away what a lost process left unfinished, and nothing younger', async () => {
    const incoming = join(await folderOfTest(), '.holdfast-incoming');
    await mkdir(incoming);
    await writeFile(join(incoming, 'old'), 'half');
    await utimes(join(incoming, 'old'), new Date(0), new Date(0));
    await writeFile(join(incoming, 'young'), 'half');
    const destination = await openClaimed('ours');
    await destination.put('packs/x', bytes, termsOf(bytes));
    expect(await readdir(incoming)).toEqual(['young']);
  });
});
