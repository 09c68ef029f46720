import {
  bytes,
  databaseSettings,
  duration,
  httpSettings,
  peerSettings,
  secret,
  serviceSettings,
} from '@holdfast/platform';
import { z } from 'zod';

/** Every setting of the gateway. docs/configuration.md is generated from this schema. */
export const gatewayConfig = z.object({
  ...serviceSettings,
  ...httpSettings,
  ...databaseSettings,
  ...peerSettings('auth', 'scheduler', 'storage', 'restore', 'reporting'),
  RESTORE_HTTP_URL: z
    .url({ protocol: /^https?$/, error: 'has to be an http or https address' })
    .describe("Base address of restore's HTTP server, from which downloads are streamed"),
  HTTP_TLS_CERTIFICATE_FILE: z
    .string()
    .optional()
    .describe('Certificate of the public API, PEM; without it the API is plain HTTP, for an ingress that ends TLS'),
  HTTP_TLS_PRIVATE_KEY_FILE: z.string().optional().describe("That certificate's private key, PEM (PKCS#8)"),
  HTTP_BODY_LIMIT: bytes().prefault('1MiB').describe('Largest body of a request'),
  AUDIT_KEY: secret().describe(
    'Ed25519 private key that signs checkpoints of audit trails, PKCS#8 in PEM; the same for all gateways',
  ),
  AUDIT_CHECKPOINT_INTERVAL: duration()
    .prefault('1m')
    .describe('How often the log is told, signed, where audit trails that have grown end; at a stop it is told too'),
  BOOTSTRAP_API_KEY: secret()
    .refine((key) => key.reveal().length >= 24, 'has to have at least 24 characters')
    .optional()
    .describe(
      'A key that is accepted as a provider operator’s for all tenants, for the first steps; make others and remove it',
    ),
  REQUESTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(10)
    .max(1_000_000)
    .default(3_000)
    .describe('Requests that one API key may make in a minute, at each gateway'),
});
export type GatewayConfig = Readonly<z.infer<typeof gatewayConfig>>;
