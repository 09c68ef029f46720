import { databaseSettings, duration, grpcSettings, peerSettings, secret, serviceSettings } from '@holdfast/platform';
import { z } from 'zod';

/** Every setting of the scheduler service. docs/configuration.md is generated from this schema. */
export const schedulerConfig = z.object({
  ...serviceSettings,
  ...grpcSettings,
  ...databaseSettings,
  ...peerSettings('auth', 'storage'),
  GRANT_KEY: secret().describe('Ed25519 private key that signs grants, PKCS#8 in PEM; the same for all schedulers'),
  LEASE: duration().prefault('60s').describe('How long a task stays with a worker that does not renew its lease'),
  SAMPLE_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .max(3_650)
    .default(30)
    .describe(
      'In how many days every byte of each vault is read at each of its destinations: a share is checked once a day by itself; 0 starts none',
    ),
  SWEEP_INTERVAL: duration().prefault('5s').describe('How often lapsed leases and lost doorbells are looked for'),
});
