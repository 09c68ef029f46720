import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from './lock-folder.js';

describe('lockFolder', () => {
  it('takes over what a machine left that lost its power, though another program has the number since', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-lock-'));
    await mkdir(join(folder, 'run'));
    const other = spawn('sleep', ['30']);
    await writeFile(join(folder, 'run', 'holdfast.pid'), String(other.pid));
    try {
      const release = await lockFolder(folder);
      await release();
      expect(release).toBeDefined();
    } finally {
      other.kill();
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['of this start of the machine, by the start of the process', (lock: string) => lock.replace(/\d+\n$/, '1\n')],
    ['of an earlier start of the machine', (lock: string) => lock.replace(/\n[0-9a-f-]{36}/, `\n${'0'.repeat(36)}`)],
  ])('takes over what is left %s', async (_, older) => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-lock-'));
    const file = join(folder, 'run', 'holdfast.pid');
    const letGo = await lockFolder(folder);
    const lock = await readFile(file, 'utf8');
    await letGo();
    // The parent lives, and has this program's number in the file of one that died.
    await writeFile(file, older(lock).replace(/^\d+/, String(process.ppid)));
    const release = await lockFolder(folder);
    expect(await readFile(file, 'utf8')).toBe(lock);
    await release();
    expect(await readdir(join(folder, 'run'))).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('refuses while the process lives that holds it, also one of a version that told its number alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hf-lock-'));
    await mkdir(join(folder, 'run'));
    const file = join(folder, 'run', 'holdfast.pid');
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 30_000)']);
    try {
      await once(other, 'spawn');
      await writeFile(file, String(other.pid));
      await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
      const startedAt = (await readFile(`/proc/${other.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19];
      await writeFile(file, `${other.pid}\n${boot} ${startedAt}\n`);
      await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      expect(await readFile(file, 'utf8')).toContain(String(other.pid));
    } finally {
      other.kill();
      await rm(folder, { recursive: true });
    }
  });
});
