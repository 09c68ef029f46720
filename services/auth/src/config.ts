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
  PASSPHRASE_STRENGTH: z.coerce
    .number()
    .pipe(z.literal([0, 1, 2, 3, 4]))
    .default(4)
    .describe(
      'The least that a passphrase of a vault has to withstand: 1: 10^3 tries, 2: 10^6, 3: 10^8, 4: 10^10. A weaker one is refused; one below 4 that is allowed is warned of; 0 refuses none',
    ),
  PASSPHRASE_ESCROW: z
    .enum(['optional', 'required'])
    .default('optional')
    .describe(
      'Whether a vault with a passphrase has to have its keys in escrow: with required, none is made, given a further set or changed without',
    ),
  DISCARD_INTERVAL: duration().prefault('1m').describe('How often vaults that no set came to use are taken back'),
  CLOUDS_FILE: z
    .string()
    .optional()
    .describe(
      'JSON file of clouds beside Microsoft’s own: [{name, loginBaseUrl, graphBaseUrl, caPem?, limitsTimeScale?, limitsShare?}]',
    ),
});
