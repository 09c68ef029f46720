import { describe, expect, it } from '@jest/globals';
import { lstat, mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecrets } from './secrets-file.js';

describe('the secrets of a data folder', () => {
  it('are never replaced because they cannot be read at the moment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-secrets-'));
    const file = join(folder, 'secrets.json');
    // Any failure but "there is none": here ELOOP, elsewhere EACCES, EIO or EMFILE.
    await symlink(file, file);
    await expect(readSecrets(folder)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('are not made anew for a folder that has a database already, which the new ones cannot open', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-secrets-'));
    await mkdir(join(folder, 'postgres', 'cluster'), { recursive: true });
    await expect(readSecrets(folder)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await rm(folder, { recursive: true });
  });

  it('are not made anew where their file leads to a disk that is away', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-secrets-'));
    await symlink(join(folder, 'away', 'secrets.json'), join(folder, 'secrets.json'));
    await expect(readSecrets(folder)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    expect(await readdir(folder)).toEqual(['secrets.json']);
    await rm(folder, { recursive: true });
  });

  it('are made once, for this account alone, and read from then on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-secrets-'));
    const made = await readSecrets(folder);
    await mkdir(join(folder, 'postgres', 'cluster'), { recursive: true });
    expect(await readSecrets(folder)).toEqual(made);
    expect((await stat(join(folder, 'secrets.json'))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['postgres', 'secrets.json']);
    await rm(folder, { recursive: true });
  });
});
