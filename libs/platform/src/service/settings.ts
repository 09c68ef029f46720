import { z } from 'zod';
import { secret } from '../config/secret.js';
import { LOG_LEVELS } from '../logging/json-logger.js';
import type { ServiceName } from '../grpc/services.js';

/** Settings that every service has. Spread into a service's own schema. */
export const serviceSettings = {
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('Least severe lines that are logged'),
  GRPC_LISTEN: z.string().min(1).describe('Where gRPC is served: unix:/absolute/path, or host:port'),
  HTTP_LISTEN: z.string().default('127.0.0.1:0').describe('Where HTTP is served (health, and what the service adds): host:port'),
  TLS_CA_FILE: z.string().optional().describe('PEM file of the authority of all services’ certificates'),
  TLS_CERTIFICATE_FILE: z.string().optional().describe('PEM file of this service’s certificate'),
  TLS_KEY_FILE: z.string().optional().describe('PEM file of this service’s private key, PKCS#8'),
};

/** Settings of a service that keeps tables. */
export const databaseSettings = {
  DATABASE_URL: secret().describe('PostgreSQL as the service’s role, which is neither owner nor superuser'),
  DATABASE_SWEEP_URL: secret().describe('PostgreSQL as the role of the service’s listed sweeps across tenants'),
  DATABASE_ADMIN_URL: secret()
    .optional()
    .describe('PostgreSQL as a role that may make roles and schemas: given, the service brings its schema up to date at its start'),
};

/** Settings of a service that sends or hears events. */
export const busSettings = {
  BUS_URL: z
    .string()
    .regex(/^(memory|nats:\/\/.+|tls:\/\/.+)$/, 'expected nats://host:port or tls://host:port')
    .default('memory')
    .describe('NATS server with JetStream; `memory` within the single-process edition only'),
};

/** The setting that says where another service is reached, e.g. STORAGE_ADDRESS. */
export function peerSettings<const Names extends readonly ServiceName[]>(
  ...names: Names
): { readonly [Name in Names[number] as `${Uppercase<Name>}_ADDRESS`]: z.ZodString } {
  const address = (name: string) =>
    z.string().min(1).describe(`Where ${name} is reached by gRPC: unix:/absolute/path, or host:port`);
  const settings = names.map((name) => [`${name.toUpperCase()}_ADDRESS`, address(name)]);
  return Object.fromEntries(settings) as ReturnType<typeof peerSettings<Names>>;
}
