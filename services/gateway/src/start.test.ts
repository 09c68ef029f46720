import { DevelopmentCa } from '@holdfast/platform';
import { SystemClock } from '@holdfast/kernel';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { startGateway } from './start.js';
import { BOOTSTRAP, TestGateway } from './test-gateway.suite.js';

let folder: string;
let ca: string;
const files = { HTTP_TLS_CERTIFICATE_FILE: '', HTTP_TLS_PRIVATE_KEY_FILE: '' };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-tls-'));
  const authority = await DevelopmentCa.create(new SystemClock());
  const { certificate, privateKey } = await authority.issue('gateway');
  ca = authority.pem;
  files.HTTP_TLS_CERTIFICATE_FILE = join(folder, 'certificate.pem');
  files.HTTP_TLS_PRIVATE_KEY_FILE = join(folder, 'key.pem');
  await writeFile(files.HTTP_TLS_CERTIFICATE_FILE, certificate);
  await writeFile(files.HTTP_TLS_PRIVATE_KEY_FILE, privateKey.reveal());
});
afterAll(() => rm(folder, { recursive: true }));

describe('the gateway', () => {
  it('serves HTTPS when it has a certificate, and tells of its health', async () => {
    const gateway = await TestGateway.start(files);
    const dispatcher = new Agent({ connect: { ca, servername: 'gateway' } });
    const headers = { authorization: `Bearer ${BOOTSTRAP}` };
    expect(gateway.url).toMatch(/^https:/);
    expect((await fetch(`${gateway.url}/caller`, { dispatcher, headers })).status).toBe(200);
    expect((await fetch(new URL('/health/ready', gateway.url), { dispatcher })).status).toBe(200);
    await expect(fetch(`${gateway.url}/caller`, { headers })).rejects.toThrow();
    await dispatcher.close();
    await gateway.close();
  });

  it('names every wrong setting at once, and half of a pair of files', async () => {
    const wrong = startGateway({ RESTORE_HTTP_URL: 'restore', BOOTSTRAP_API_KEY: 'short', REQUESTS_PER_MINUTE: '1' });
    await expect(wrong).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      details: {
        context: {
          RESTORE_HTTP_URL: 'has to be an http or https address',
          BOOTSTRAP_API_KEY: 'has to have at least 24 characters',
          DATABASE_URL: 'is required',
        },
      },
    });
    const peers = ['AUTH', 'SCHEDULER', 'STORAGE', 'RESTORE', 'REPORTING'].map((name) => [
      `${name}_ADDRESS`,
      'unix:/none',
    ]);
    const half = startGateway({
      ...(Object.fromEntries(peers) as Record<string, string>),
      DATABASE_URL: 'postgres://nowhere',
      DATABASE_SWEEP_URL: 'postgres://nowhere',
      RESTORE_HTTP_URL: 'http://127.0.0.1:1',
      HTTP_TLS_CERTIFICATE_FILE: files.HTTP_TLS_CERTIFICATE_FILE,
      AUDIT_KEY: 'unread',
    });
    await expect(half).rejects.toThrow('HTTP_TLS_PRIVATE_KEY_FILE: is required');
  });
});
