import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const LEAN = pathToFileURL(resolve(import.meta.dirname, '../../dist/service/lean-memory.js')).href;
const PROGRAM = `
  import '${LEAN}';
  const { pid, execArgv, env } = process;
  console.log(JSON.stringify({ pid, execArgv, trim: env.MALLOC_TRIM_THRESHOLD_, given: env.GIVEN }));`;

interface Told {
  readonly pid: number;
  readonly execArgv: readonly string[];
  readonly trim?: string;
  readonly given?: string;
}

async function run(environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env: { GIVEN: 'yes', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { child, told: JSON.parse(told) as Told };
}

describe('lean-memory', () => {
  it('begins the process anew with its settings, as the same process, in the same environment', async () => {
    const { child, told } = await run();
    expect(told.pid).toBe(child.pid);
    expect(told.execArgv).toEqual(expect.arrayContaining(['--max-old-space-size=384', '--max-semi-space-size=8']));
    expect(told.given).toBe('yes');
  });

  it('leaves alone what the launcher sets', async () => {
    const given = {
      NODE_OPTIONS: '--max-old-space-size=900 --max-semi-space-size=16',
      MALLOC_TRIM_THRESHOLD_: '7000000',
    };
    const { told } = await run(given);
    expect(told.execArgv.filter((flag) => flag.startsWith('--max'))).toEqual([]);
    expect(told.trim).toBe('7000000');
  });
});
