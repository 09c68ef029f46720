import { SystemClock } from '@holdfast/kernel';
import { DevelopmentCa } from '@holdfast/platform';
import { freePort } from '@holdfast/testkit/free-port';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const program = resolve(import.meta.dirname, '../dist/main.js');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-reporting-'));
  await (await DevelopmentCa.create(new SystemClock())).writeTo(folder, ['reporting']);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The compiled program, where nothing answers at PostgreSQL's address. */
async function start(settings: Readonly<Record<string, string>>) {
  const database = `postgres://u:hunter2@127.0.0.1:${await freePort()}/x`;
  return spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      DATABASE_URL: database,
      DATABASE_SWEEP_URL: database,
      NATS_URL: 'nats://127.0.0.1:1',
      TLS_CA_FILE: join(folder, 'ca.pem'),
      TLS_CERTIFICATE_FILE: join(folder, 'reporting.pem'),
      TLS_PRIVATE_KEY_FILE: join(folder, 'reporting.key'),
      ...settings,
    },
  });
}

describe('a service without its database', () => {
  it('ends and says why when it has waited as long as it may', async () => {
    const child = await start({ START_WITHIN: '0s' });
    const errors = text(child.stderr);
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(await errors).toBe('The database cannot be reached at the moment. Try again later.\n');
  }, 60_000);

  it('says that it waits, and ends in peace when it is told to stop meanwhile', async () => {
    const child = await start({});
    const closed = once(child, 'close');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(JSON.parse(line.toString())).toMatchObject({ level: 'warn', server: 'PostgreSQL' });
    expect(line.toString()).not.toContain('hunter2');
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
  }, 60_000);
});
