import type { SetClock } from '@holdfast/testkit/containers';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const library = process.env['HOLDFAST_TEST_FAKETIME'];
/** Read again each second. Waits are not measured by the wall clock, and go on as they are. */
const READING = { FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };

/** Why clocks cannot be set here; undefined when they can. */
export function missingFaketime(): string | undefined {
  return library !== undefined && existsSync(library)
    ? undefined
    : 'no libfaketime; `eval "$(.ci/servers start DIR docker)"` brings it and sets HOLDFAST_TEST_FAKETIME';
}

/** What time it is for each process: libfaketime, loaded into it, reads how far its wall clock is off from a file. */
export class ProcessClocks {
  private constructor(private readonly folder: string) {}

  static async in(above: string): Promise<ProcessClocks> {
    const folder = join(above, 'clocks');
    await mkdir(folder);
    return new ProcessClocks(folder);
  }

  /** With which a process is started. */
  async environmentOf(name: string): Promise<Readonly<Record<string, string>>> {
    if (library === undefined || missingFaketime() !== undefined) return {};
    await this.set(name, 0);
    return { ...READING, LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: join(this.folder, name) };
  }

  /** With which a server in a container is started. */
  async clockOf(name: string): Promise<SetClock | undefined> {
    if (library === undefined || missingFaketime() !== undefined) return undefined;
    await this.set(name, 0);
    const own = join(this.folder, `${name}.so`);
    await writeFile(own, await withoutWaits(library), { mode: 0o755 });
    return { library: own, folder: this.folder, file: name, settings: READING };
  }

  /** From within a second on, the clock is off by so many seconds. */
  async set(name: string, offsetSeconds: number): Promise<void> {
    const path = join(this.folder, name);
    // Whoever reads in between reads what was, and never half of it.
    await writeFile(`${path}.next`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}`);
    await rename(`${path}.next`, path);
  }
}

/**
 * libfaketime without its hand on `epoll_wait`. While a process waits there, libfaketime shows the true time to its signal handlers, and
 * PostgreSQL reads the clock in one: after its clock had gone back, each time limit would be over with the first alarm that comes.
 */
async function withoutWaits(path: string): Promise<Buffer> {
  const text = (await readFile(path)).toString('latin1');
  return Buffer.from(text.replaceAll('\0epoll_wait\0', '\0epoll_wai_\0'), 'latin1');
}
