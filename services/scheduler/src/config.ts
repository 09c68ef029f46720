import { databaseSettings, duration, grpcSettings, peerSettings, secret, serviceSettings } from '@holdfast/platform';
import { z } from 'zod';

/** Every setting of the scheduler service. docs/configuration.md is generated from this schema. */
export const schedulerConfig = z.object({
  ...serviceSettings,
  ...grpcSettings,
  ...databaseSettings,
  ...peerSettings('auth', 'storage'),
  FREE_AGAIN_AFTER: duration()
    .prefault('6h')
    .describe(
      'When another space freeing follows one that could not take all bytes of what was deleted on request; after a day, a quarter of the time since, a week at most',
    ),
  RENEW_AFTER: duration()
    .prefault('1d')
    .describe(
      'How long after a deletion on request the newest snapshots of resources are made anew whose packs hold what was deleted; a backup in that time makes it needless',
    ),
  GRANT_KEY: secret().describe('Ed25519 private key that signs grants, PKCS#8 in PEM; the same for all schedulers'),
  CRAWLER_TASKS_IN_ALL: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(8)
    .describe('CRAWLER_TASKS of all crawlers added up, which the time of a quote follows'),
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
