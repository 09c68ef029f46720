import { z } from 'zod';
import { secret } from '../config/secret.js';
import { duration, flag } from '../config/units.js';
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
  START_WITHIN: duration()
    .prefault('1m')
    .describe(
      'How long a service that starts waits for its PostgreSQL and its NATS to answer; then it ends and says why',
    ),
  STOP_WITHIN: duration()
    .prefault('20s')
    .describe(
      'Time that work under way gets to end when the service stops; less than what starts it waits before it kills',
    ),
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
  TLS_CA_FILE: z
    .string()
    .describe("Certificates of the services' authorities, PEM: one, or two while the one follows the other"),
  TLS_CERTIFICATE_FILE: z.string().describe("The service's certificate, PEM, with holdfast://service/NAME as its URI"),
  TLS_PRIVATE_KEY_FILE: z.string().describe("The certificate's private key, PEM (PKCS#8)"),
};

/** How files of certificates are kept up with, of all kinds. */
export const tlsSettings = {
  TLS_RELOAD_INTERVAL: duration()
    .prefault('10s')
    .describe('How often files of certificates and keys are read again; new connections use what has changed'),
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
  DATABASE_CA_FILE: z
    .string()
    .optional()
    .describe(
      "Certificates of the authorities of PostgreSQL's server, PEM: given, connections are TLS and the server's name is verified",
    ),
  DATABASE_CERTIFICATE_FILE: z
    .string()
    .optional()
    .describe("Certificate that PostgreSQL is shown, PEM; the service's own (TLS_CERTIFICATE_FILE) when absent"),
  DATABASE_PRIVATE_KEY_FILE: z.string().optional().describe("That certificate's private key, PEM (PKCS#8)"),
  DATABASE_PLAIN: flag()
    .prefault('false')
    .describe('true allows a connection without TLS to a server on another machine'),
  DATABASE_PATIENCE: duration()
    .prefault('1m')
    .describe(
      'How long a statement may take, waits for locks included; a connection that is silent for longer is dropped',
    ),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(200).default(10).describe('Connections at most'),
};

/** Settings of a service that uses the bus. */
export const busSettings = {
  NATS_URL: secret().describe('NATS servers, with commas between: nats://user:password@host:4222'),
  NATS_CA_FILE: z
    .string()
    .optional()
    .describe(
      "Certificates of the authorities of the NATS servers, PEM: given, connections are TLS and the servers' names are verified",
    ),
  NATS_CERTIFICATE_FILE: z
    .string()
    .optional()
    .describe("Certificate that NATS is shown, PEM; the service's own (TLS_CERTIFICATE_FILE) when absent"),
  NATS_PRIVATE_KEY_FILE: z.string().optional().describe("That certificate's private key, PEM (PKCS#8)"),
  NATS_PLAIN: flag().prefault('false').describe('true allows a connection without TLS to a server on another machine'),
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1).describe('Copies of each stream'),
};
