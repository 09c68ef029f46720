import { SystemClock } from '@holdfast/kernel';
import { environment } from '@holdfast/platform';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const program = resolve(import.meta.dirname, '../dist/main.js');
const clock = new SystemClock();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-standalone-'));
  await chmod(folder, 0o711);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The compiled program on the test's own data folder, which stands on the command line of all that it starts. */
function start(more: readonly string[] = [], settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const args = ['--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--json', ...more];
  return spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: environment()['PATH'], ...settings },
  });
}

async function leftOver(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder));
}

describe('the program in one process', () => {
  it('prints its answer alone on standard output, and its log beside it', async () => {
    const child = start(['--log-level', 'info']);
    const out = text(child.stdout!);
    const errors = text(child.stderr!);
    const closed = once(child, 'close');
    await once(child.stdout!, 'data');
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    expect(JSON.parse(await out)).toEqual({ url: expect.stringMatching(/^http:/), apiKey: expect.any(String) });
    const lines = (await errors).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toContain('info');
    expect(await leftOver()).toEqual([]);
  }, 120_000);

  it.each([1_600, 3_000])(
    'leaves nothing running when it is ended %i ms after its start, and starts again on its folder',
    async (afterMs) => {
      const child = start();
      const closed = once(child, 'close');
      await clock.sleep(afterMs);
      child.kill('SIGTERM');
      await closed;
      expect(await leftOver()).toEqual([]);
      const again = start();
      const closedAgain = once(again, 'close');
      await once(again.stdout!, 'data');
      again.kill('SIGTERM');
      expect(await closedAgain).toEqual([0, null]);
    },
    120_000,
  );

  it('says which file of clouds it cannot use, named by the environment, and which settings there change nothing', async () => {
    const file = join(folder, 'no-clouds.json');
    const child = start([], { CLOUDS_FILE: file, PROVIDER_KEY: 'hunter2' });
    const errors = text(child.stderr!);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(await errors).toContain(
      `The file ${file} of further clouds (CLOUDS_FILE) cannot be used. There is no such file.`,
    );
    expect(await errors).toContain('PROVIDER_KEY in the environment change nothing');
    expect(await errors).not.toContain('hunter2');
    expect(await leftOver()).toEqual([]);
  }, 120_000);

  it('answers Prometheus with the metrics of all services, each once, and probes with the health of all', async () => {
    const child = start([], { HEALTH_LISTEN: '127.0.0.1:0', METRICS_AT_HEALTH: 'true' });
    const closed = once(child, 'close');
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const { url, apiKey, healthUrl } = JSON.parse(line.toString()) as Record<'url' | 'apiKey' | 'healthUrl', string>;
    expect((await fetch(`${healthUrl}/health/ready`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    await fetch(`${url}/api/v1/tenants`, { headers: { authorization: `Bearer ${apiKey}` } });
    const told = await (await fetch(`${healthUrl}/metrics`)).text();
    const series = told.split('\n').flatMap((text) => /^(\w+(?:\{.*\})?) \S+$/.exec(text)?.[1] ?? []);
    expect(series.filter((name, at) => series.indexOf(name) !== at)).toEqual([]);
    const pools = series.flatMap(
      (text) => /^db_client_connection_pending_requests\{.*="([^"/]+)"\}/.exec(text)?.[1] ?? [],
    );
    expect(pools.sort()).toEqual(['auth', 'gateway', 'reporting', 'restore', 'scheduler', 'storage']);
    for (const name of ['process_memory_usage', 'http_server_request_duration_count', 'rpc_server_call_duration_count'])
      expect(series.filter((text) => text.startsWith(name)).length).toBeGreaterThan(0);
    expect(series.filter((text) => text.startsWith('process_memory_usage'))).toHaveLength(1);
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
  }, 120_000);
});
