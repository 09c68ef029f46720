import type { TenantId } from '@holdfast/kernel';
import { type DevelopmentCa, natsAuthorization, SERVICES } from '@holdfast/platform';
import { startTestNats, startTestPostgres, type TestNats, type TestPostgres } from '@holdfast/testkit';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HOST = 'localhost';
/** Services sign in by certificate alone, as docs/operations.md has it. */
const RULES = 'hostssl all all 127.0.0.1/32 cert map=holdfast';
const NAMES = SERVICES.flatMap((service) => [
  `holdfast ${service} holdfast_${service}`,
  `holdfast ${service} holdfast_${service}_sweeper`,
]);

/** PostgreSQL and NATS as a provider runs them: TLS, clients known by their certificates, and the bus's permissions. */
export interface SecureServers {
  readonly postgres: TestPostgres;
  readonly nats: TestNats;
  readonly natsUrl: string;
  /** Makes an empty database; answers its superuser's address. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export async function startSecureServers(ca: DevelopmentCa, tenants: readonly TenantId[] = []): Promise<SecureServers> {
  const folder = await mkdtemp(join(tmpdir(), 'hf-servers-'));
  const [own, forNats] = await Promise.all([ca.issueFor(HOST), ca.issueFor(HOST)]);
  const files = { 'ca.pem': ca.pem, 'server.pem': forNats.certificate, 'server.key': forNats.privateKey.reveal() };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const at = (name: string) => JSON.stringify(join(folder, name));
  const tls = `tls { cert_file: ${at('server.pem')}, key_file: ${at('server.key')}, ca_file: ${at('ca.pem')}, verify_and_map: true }`;
  const [postgres, nats] = await Promise.all([
    startTestPostgres(),
    startTestNats(async () => `${tls}\n${natsAuthorization(tenants)}`),
  ]);
  await postgres.useTls({
    ca: ca.pem,
    certificate: own.certificate,
    privateKey: own.privateKey.reveal(),
    rules: RULES,
    names: NAMES.join('\n'),
  });
  return {
    postgres,
    nats,
    natsUrl: `nats://${HOST}:${new URL(nats.url).port}`,
    createDatabase: async () => (await postgres.createDatabase()).replace('127.0.0.1', HOST),
    stop: async () => {
      await Promise.all([postgres.stop(), nats.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
