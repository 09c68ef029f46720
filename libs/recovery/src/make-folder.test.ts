import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from './make-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('makeFolder', () => {
  it('makes what is missing, by many at once', async () => {
    const paths = Array.from({ length: 20 }, (_, number) => join(folder, 'a/b/c', `${number % 5}`));
    await Promise.all(paths.map(makeFolder));
    for (const path of paths) expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('says what stands in its way', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('ends where the system lets nobody make folders', async () => {
    await expect(makeFolder('/proc/holdfast/below')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  });
});
