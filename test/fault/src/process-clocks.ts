import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const library = process.env['HOLDFAST_TEST_FAKETIME'];

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
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: join(this.folder, name),
      // Read again each second. Waits are not measured by the wall clock, and go on as they are.
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** From within a second on, the process's clock is off by so many seconds. */
  async set(name: string, offsetSeconds: number): Promise<void> {
    await writeFile(join(this.folder, name), `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}`);
  }
}
