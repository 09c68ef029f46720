import { SystemClock } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const demo = resolve(import.meta.dirname, '../dist/main.js');

/** Ids of the processes that bear this variable in their environment. */
async function bearersOf(mark: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(ids.map((id) => readFile(`/proc/${id}/environ`, 'utf8').catch(() => '')));
  return ids.filter((_, index) => environments[index]?.includes(mark));
}

describe('the demo', () => {
  it.each([700, 2_000, 4_000])(
    'leaves no process behind when it is ended %i ms after its start',
    async (afterMs) => {
      const mark = `MARK_OF_DEMO=${process.pid}-${afterMs}`;
      const [name = '', value = ''] = mark.split('=');
      const child = spawn(process.execPath, [demo, '--users', '3'], {
        stdio: 'ignore',
        env: { ...process.env, [name]: value },
      });
      const closed = once(child, 'close');
      await new SystemClock().sleep(afterMs);
      expect(await bearersOf(mark)).not.toEqual([]);
      child.kill('SIGTERM');
      await closed;
      await new SystemClock().sleep(500);
      expect(await bearersOf(mark)).toEqual([]);
    },
    120_000,
  );
});
