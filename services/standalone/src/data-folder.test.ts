import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDataFolder } from './data-folder.js';

describe('makeDataFolder', () => {
  it('makes every missing level, and takes one that is there', async () => {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-data-'));
    const folder = join(home, 'a', 'b');
    await makeDataFolder(folder);
    await makeDataFolder(folder);
    expect((await stat(folder)).isDirectory()).toBe(true);
    await rm(home, { recursive: true });
  });

  it('says in words why a folder cannot be', async () => {
    const home = await mkdtemp(join(tmpdir(), 'holdfast-data-'));
    const file = join(home, 'file');
    await writeFile(file, '');
    await expect(makeDataFolder(file)).rejects.toThrow('it is a file');
    await expect(makeDataFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await rm(home, { recursive: true });
  });

  it('ends where the system makes no folders', async () => {
    await expect(makeDataFolder('/proc/holdfast')).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
