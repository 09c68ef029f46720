import { type ServiceName, SERVICES, Secret, serviceUrls } from '@holdfast/platform';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** What a cluster's operator provides. */
export interface ClusterPlace {
  readonly postgresUrl: string;
  readonly natsUrl: string;
  readonly cloudsFile: string;
  /** Holds `ca.pem` and each service's certificate and key. */
  readonly certificates: string;
}

export interface ClusterSettings {
  readonly apiKey: string;
  /** Base URL of the API. */
  readonly url: string;
  readonly of: ReadonlyMap<ServiceName, Readonly<Record<string, string>>>;
}

/** The settings of every service, as environment variables. */
export async function clusterSettings(place: ClusterPlace): Promise<ClusterSettings> {
  const ports = new Map<ServiceName, { grpc: number; http: number }>();
  for (const name of SERVICES) ports.set(name, { grpc: await freePort(), http: await freePort() });
  const at = (name: ServiceName, kind: 'grpc' | 'http') => `127.0.0.1:${ports.get(name)?.[kind] ?? 0}`;
  const apiKey = randomBytes(32).toString('base64url');
  const password = randomBytes(24).toString('base64url');
  const shared = {
    ...Object.fromEntries(SERVICES.map((name) => [`${name.toUpperCase()}_ADDRESS`, at(name, 'grpc')])),
    LOG_LEVEL: 'error',
    NATS_URL: place.natsUrl,
    CLOUDS_FILE: place.cloudsFile,
    DATABASE_ADMIN_URL: place.postgresUrl,
    PROVIDER_KEY: randomBytes(32).toString('base64'),
    GRANT_KEY: generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
    PLACES_SECRET: randomBytes(32).toString('base64url'),
    EXPORT_KEY: randomBytes(32).toString('base64url'),
    BOOTSTRAP_API_KEY: apiKey,
    RESTORE_HTTP_URL: `https://${at('restore', 'http')}`,
    TLS_CA_FILE: join(place.certificates, 'ca.pem'),
  };
  const of = new Map(
    SERVICES.map((name) => {
      const { url, sweepUrl } = serviceUrls(new Secret(place.postgresUrl), name, new Secret(password));
      const own = {
        GRPC_LISTEN: at(name, 'grpc'),
        HTTP_LISTEN: at(name, 'http'),
        DATABASE_URL: url.reveal(),
        DATABASE_SWEEP_URL: sweepUrl.reveal(),
        TLS_CERTIFICATE_FILE: join(place.certificates, `${name}.pem`),
        TLS_PRIVATE_KEY_FILE: join(place.certificates, `${name}.key`),
      };
      return [name, { ...shared, ...own }] as const;
    }),
  );
  return { apiKey, url: `http://${at('gateway', 'http')}`, of };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
