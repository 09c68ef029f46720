import { execFile, spawnSync } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BALLAST = Buffer.alloc(64 * 1024);

/** What this process has mounted: none of it outlives the process. */
const mounted = new Set<string>();
process.once('exit', () => {
  for (const path of mounted) spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
});

/** A file system of its own that can be filled to the last byte. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** Mounts one of so many MiB on a folder, which is made. */
  static async on(path: string, mebibytes: number): Promise<SmallDisk> {
    await mkdir(path, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path]);
    mounted.add(path);
    return new SmallDisk(path);
  }

  async fill(): Promise<void> {
    const file = await open(this.#ballast, 'a');
    try {
      for (;;) await file.write(BALLAST);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  makeRoom(): Promise<void> {
    return rm(this.#ballast, { force: true });
  }

  async remove(): Promise<void> {
    await run('umount', ['--lazy', this.path]);
    mounted.delete(this.path);
    await rm(this.path, { recursive: true, force: true });
  }

  get #ballast(): string {
    return join(this.path, 'ballast');
  }
}

/** Why a {@link SmallDisk} cannot be had here; undefined when it can. */
export function missingSmallDisk(): string | undefined {
  const may = process.platform === 'linux' && process.getuid?.() === 0;
  return may ? undefined : 'only root on Linux may mount a small file system';
}
