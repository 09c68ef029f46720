import { SystemClock } from '@holdfast/kernel';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A NATS server with JetStream, of the calling test. */
export interface TestNats {
  readonly url: string;
  /** Where it keeps its streams. */
  readonly folder: string;
  /** Ends it at once, as a crash does, and starts it again on the same port and files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const program = process.env['HOLDFAST_TEST_NATS_SERVER'] ?? 'nats-server';

/** Why tests with a real NATS cannot run here, for `describeWithServer`; undefined when they can. */
export function missingNats(): string | undefined {
  const { error } = spawnSync(program, ['--version']);
  return error
    ? 'no nats-server on the PATH; `eval "$(.ci/servers start)"` brings one and sets HOLDFAST_TEST_NATS_SERVER'
    : undefined;
}

/** Starts a server on a free port, with a folder of its own; `configuration` is more for its configuration file, read at each start. */
export async function startTestNats(configuration?: () => Promise<string>): Promise<TestNats> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-nats-'));
  let server = await start(folder, '-1', configuration);
  const url = server.url;
  return {
    url,
    folder,
    restart: async () => {
      server.child.kill('SIGKILL');
      await once(server.child, 'exit');
      server = await start(folder, new URL(url).port, configuration);
    },
    stop: async () => {
      server.child.kill('SIGTERM');
      if (server.child.exitCode === null) await once(server.child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

async function start(folder: string, port: string, configuration?: () => Promise<string>) {
  const clock = new SystemClock();
  const file = join(folder, 'nats.conf');
  await writeFile(file, (await configuration?.()) ?? '');
  const args = ['-c', file, '-a', '127.0.0.1', '-p', port, '-js', '-sd', folder, '--ports_file_dir', folder];
  const child = spawn(program, args, { stdio: 'ignore' });
  running.add(child);
  child.once('exit', () => running.delete(child));
  for (let tries = 0; tries < 250; tries += 1) {
    const written = await readFile(join(folder, `nats-server_${child.pid}.ports`), 'utf8').catch(() => '');
    if (written !== '') {
      const { nats } = JSON.parse(written) as { readonly nats: readonly string[] };
      const [url] = nats;
      if (url !== undefined) return { child, url };
    }
    await clock.sleep(20);
  }
  child.kill('SIGKILL');
  throw new Error('nats-server did not start within five seconds');
}
