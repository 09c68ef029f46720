import { MovableClock } from '@holdfast/testkit';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DevelopmentCa } from '../grpc/dev-ca.js';
import { checkServiceFiles, readTlsFiles } from './read-tls-files.js';

const DAY_MS = 86_400_000;
const clock = new MovableClock();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-pem-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ca = await DevelopmentCa.create(clock);
const other = await DevelopmentCa.create(clock);
const whole = await ca.issue('auth');

/** Writes files over the good ones and reads all as auth would. */
async function problemOf(changed: { ca?: string; certificate?: string; privateKey?: string }, nowMs = clock.now()) {
  const texts = { ...whole, privateKey: whole.privateKey.reveal(), ...changed };
  const named = async (setting: string, text: string) => {
    await writeFile(join(folder, setting), text);
    return { setting, path: join(folder, setting) };
  };
  const paths = {
    ca: await named('TLS_CA_FILE', texts.ca),
    certificate: await named('TLS_CERTIFICATE_FILE', texts.certificate),
    privateKey: await named('TLS_PRIVATE_KEY_FILE', texts.privateKey),
  };
  try {
    checkServiceFiles('auth', paths, await readTlsFiles(paths, nowMs));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('files of certificates', () => {
  it('are read when they fit, with one authority or two', async () => {
    expect(await problemOf({})).toBeUndefined();
    expect(await problemOf({ ca: other.pem + ca.pem })).toBeUndefined();
    const bound = await ca.issue('auth', 'aaaaaaaa-0000-4000-8000-000000000000' as never);
    const pair = { certificate: bound.certificate, privateKey: bound.privateKey.reveal() };
    expect(await problemOf(pair)).toBeUndefined();
  });

  it.each([
    ['no certificate', async () => ({ certificate: 'hunter2' }), /CERTIFICATE_FILE: .* holds no certificate/],
    ['no authority', async () => ({ ca: '' }), /CA_FILE: .* holds no certificate/],
    ['no key', async () => ({ privateKey: 'hunter2' }), /KEY_FILE: .* holds no private key/],
    [
      'the key of another',
      async () => ({ privateKey: (await ca.issue('auth')).privateKey.reveal() }),
      /KEY_FILE: is not the key of the certificate in TLS_CERTIFICATE_FILE/,
    ],
    [
      'a certificate of another service',
      async () => {
        const { certificate, privateKey } = await ca.issue('storage');
        return { certificate, privateKey: privateKey.reveal() };
      },
      /does not name this service. .*holdfast:\/\/service\/auth/,
    ],
    ['a foreign authority', async () => ({ ca: other.pem }), /none of the authorities in TLS_CA_FILE/],
  ])('are refused with %s, and nothing of them is quoted', async (_, change, problem) => {
    const text = await problemOf(await change());
    expect(text).toMatch(problem);
    expect(text).not.toContain('hunter2');
  });

  it('are refused before and after their time', async () => {
    expect(await problemOf({}, clock.now() + 91 * DAY_MS)).toMatch(/CERTIFICATE_FILE: ended at 2025-04-01T.*new one/);
    expect(await problemOf({}, clock.now() - DAY_MS)).toMatch(/CERTIFICATE_FILE: is not valid before .*clock/);
  });

  it('that cannot be read are named by their setting', async () => {
    const reading = readTlsFiles({ ca: { setting: 'NATS_CA_FILE', path: join(folder, 'absent') } }, clock.now());
    await expect(reading).rejects.toThrow('NATS_CA_FILE: names a file that cannot be read');
  });
});
