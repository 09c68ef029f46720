import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Secret } from '../config/secret.js';
import { ProcessSecret } from '../grpc/identity.js';
import { ServiceParts } from './service-parts.js';

let source: Record<string, string> = {};
let parts: ServiceParts;
beforeEach(async () => {
  const shared = { secret: new ProcessSecret(randomBytes), logTo: { write: () => undefined } };
  source = {};
  parts = await ServiceParts.open({ name: 'auth', source, shared, level: 'error' });
});
afterEach(() => parts.close());

function openDatabase(url: string, more: { DATABASE_CA_FILE?: string; DATABASE_PLAIN?: boolean } = {}) {
  const config = {
    DATABASE_URL: new Secret('postgres://u:p@127.0.0.1:1/x'),
    DATABASE_SWEEP_URL: new Secret(url),
    DATABASE_CONNECTIONS: 2,
    DATABASE_PATIENCE: 60_000,
    DATABASE_PLAIN: false,
    ...more,
  };
  return parts.openDatabase(config, { migrations: [], sweeps: [] });
}

describe('a plain connection', () => {
  it.each(['db.example', '10.0.0.1', '[2001:db8::1]', 'localhost/x?host=db.example&y='])(
    'to a database at %s is refused, and nothing of it is told',
    async (host) => {
      const opening = openDatabase(`postgres://u:hunter2@${host}/x`);
      await expect(opening).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        message: expect.stringMatching(
          /^(?!.*(hunter2|example|10\.0|2001)).*DATABASE_SWEEP_URL.*DATABASE_CA_FILE.*DATABASE_PLAIN=true/,
        ),
      });
    },
  );

  it('to a database on this machine, or that is set to be allowed, is tried', async () => {
    for (const host of ['localhost', '127.0.0.1', '127.8.8.8'])
      await expect(openDatabase(`postgres://u@${host}:1/x`)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    const allowed = openDatabase('postgres://u@db.invalid:1/x', { DATABASE_PLAIN: true });
    await expect(allowed).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  it('cannot be had by what an address says of TLS', async () => {
    const opening = openDatabase('postgres://u@localhost:1/x?sslmode=disable');
    await expect(opening).rejects.toThrow(/DATABASE_SWEEP_URL: leave out what it says of ssl/);
  });

  it('to NATS on another machine is refused unless it is set to be allowed', async () => {
    source['NATS_URL'] = 'nats://localhost:1,nats://u:hunter2@nats.invalid:1';
    await expect(parts.openBus()).rejects.toThrow(/NATS_URL.*NATS_CA_FILE.*NATS_PLAIN=true/);
    source['NATS_PLAIN'] = 'true';
    await expect(parts.openBus()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  it('is not what a certificate without its key or its authority stands for', async () => {
    source['NATS_URL'] = 'nats://localhost:1';
    source['NATS_CERTIFICATE_FILE'] = '/absent';
    await expect(parts.openBus()).rejects.toThrow(/NATS_PRIVATE_KEY_FILE: is required/);
    source['NATS_PRIVATE_KEY_FILE'] = '/absent';
    await expect(parts.openBus()).rejects.toThrow(/NATS_CA_FILE: is required beside NATS_CERTIFICATE_FILE/);
  });
});
