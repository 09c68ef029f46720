import { AppError } from '@holdfast/kernel';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Secret, secret } from '../config/secret.js';
import { duration } from '../config/units.js';
import type { CertificateFiles } from '../grpc/identity.js';
import { LOG_LEVELS } from '../logging/json-logger.js';
import { telemetrySettings } from '../telemetry/telemetry-settings.js';

const hostAndPort = () => z.string().regex(/^[^:]+:\d+$/, 'expected host:port');

/** Settings that every service has; spread them into the service's schema. */
export const serviceSettings = {
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('Least severe lines that are written to the log'),
  HEALTH_LISTEN: hostAndPort()
    .default('0.0.0.0:8081')
    .describe(
      'Address for probes: /health/live and /health/ready in plain HTTP, and nothing else unless METRICS_AT_HEALTH says so',
    ),
  STOP_WITHIN: duration().prefault('30s').describe('Time that work under way gets to end when the service stops'),
  ...telemetrySettings,
};

/** Settings of a service that answers others by gRPC. */
export const grpcSettings = {
  GRPC_LISTEN: z.string().default('0.0.0.0:50051').describe('Address of the gRPC server: host:port or unix:/path'),
};

/** Settings of a service that has HTTP routes. */
export const httpSettings = {
  HTTP_LISTEN: hostAndPort().default('0.0.0.0:8080').describe('Address of the HTTP server'),
};

/** Settings of a service's place in mutual TLS. */
export const identitySettings = {
  TLS_CA_FILE: z.string().describe("Certificate of the services' authority, PEM"),
  TLS_CERTIFICATE_FILE: z.string().describe("The service's certificate, PEM, with holdfast://service/NAME as its URI"),
  TLS_PRIVATE_KEY_FILE: z.string().describe("The certificate's private key, PEM (PKCS#8)"),
};

/** Settings of a service that keeps tables. */
export const databaseSettings = {
  DATABASE_URL: secret().describe('PostgreSQL, as the service role: neither owner nor superuser, without BYPASSRLS'),
  DATABASE_SWEEP_URL: secret().describe("The same database, as the role of the service's sweeps across tenants"),
  DATABASE_ADMIN_URL: secret()
    .optional()
    .describe(
      'The same database, with the right to make roles and schemas: given, the service prepares its schema itself',
    ),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(200).default(10).describe('Connections at most'),
};

/** Settings of a service that uses the bus. */
export const busSettings = {
  NATS_URL: secret().describe('NATS servers, with commas between: nats://user:password@host:4222'),
  NATS_CA_FILE: z
    .string()
    .optional()
    .describe('Certificate of the authority of the NATS servers, PEM, where they use TLS'),
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1).describe('Copies of each stream'),
};

/** Reads the files that {@link identitySettings} name; INVALID_CONFIG names the setting whose file cannot be read. */
export async function readCertificateFiles(
  config: Readonly<Record<keyof typeof identitySettings, string>>,
): Promise<CertificateFiles> {
  const [ca, certificate, privateKey] = await Promise.all([
    read('TLS_CA_FILE', config.TLS_CA_FILE),
    read('TLS_CERTIFICATE_FILE', config.TLS_CERTIFICATE_FILE),
    read('TLS_PRIVATE_KEY_FILE', config.TLS_PRIVATE_KEY_FILE),
  ]);
  return { ca, certificate, privateKey: new Secret(privateKey) };
}

async function read(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('INVALID_CONFIG', `The settings cannot be used. ${setting}: names a file that cannot be read`, {
      context: { setting },
      cause,
    });
  }
}
