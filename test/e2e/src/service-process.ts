import type { ServiceName } from '@holdfast/platform';
import { type Clock } from '@holdfast/kernel';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

/** One service in a process of its own. */
export interface ServiceProcess {
  stop(): Promise<void>;
}

/** Starts a service and waits until it listens. What it wrote last stands in the error when it does not come up. */
export async function startServiceProcess(
  name: ServiceName,
  settings: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [resolve(ROOT, `services/${name}/dist/main.js`)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...settings },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const timer = setTimeout(killWithUs, STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
    process.off('exit', killWithUs);
  };
  const giveUpAt = clock.now() + READY_WITHIN_MS;
  while (!(await listens(settings['HTTP_LISTEN'] ?? ''))) {
    if (child.exitCode === null && clock.now() < giveUpAt) {
      await clock.sleep(100);
      continue;
    }
    await stop();
    throw new Error(`${name} did not come up: ${said}`);
  }
  return { stop };
}

function listens(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((answer) => {
    const socket = connect(Number(port), host);
    const end = (isOpen: boolean) => {
      socket.destroy();
      answer(isOpen);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
