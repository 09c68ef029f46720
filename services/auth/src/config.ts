import { databaseSettings, duration, grpcSettings, peerSettings, secret, serviceSettings } from '@holdfast/platform';
import { z } from 'zod';

/** Every setting of the auth service. docs/configuration.md is generated from this schema. */
export const authConfig = z.object({
  ...serviceSettings,
  ...grpcSettings,
  ...databaseSettings,
  ...peerSettings('scheduler', 'storage'),
  PROVIDER_KEY: secret().describe(
    '32 random bytes in base64: seals credentials and vault keys at rest. Without it no job can run; keep a copy elsewhere',
  ),
  FURTHER_PROVIDER_KEYS: secret()
    .optional()
    .describe(
      'Provider keys that open what they have sealed and seal nothing new, with commas between: the one before while it is replaced, or the next one',
    ),
  DISCARD_INTERVAL: duration().prefault('1m').describe('How often vaults that no set came to use are taken back'),
  CLOUDS_FILE: z
    .string()
    .optional()
    .describe(
      'JSON file of clouds beside Microsoft’s own: [{name, loginBaseUrl, graphBaseUrl, caPem?, limitsTimeScale?, limitsShare?}]',
    ),
});
