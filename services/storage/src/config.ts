import {
  databaseSettings,
  duration,
  grpcSettings,
  httpSettings,
  peerSettings,
  secret,
  serviceSettings,
} from '@holdfast/platform';
import { z } from 'zod';

/** Every setting of the storage service. docs/configuration.md is generated from this schema. */
export const storageConfig = z.object({
  ...serviceSettings,
  ...grpcSettings,
  ...httpSettings,
  ...databaseSettings,
  ...peerSettings('auth', 'scheduler'),
  PLACES_URL: z
    .url()
    .optional()
    .describe('Base URL under which crawlers and restores reach HTTP_LISTEN; its own address when left out'),
  PLACES_SECRET: secret().describe(
    'Signs places at HTTP_LISTEN: at least 32 random characters, the same for all storages',
  ),
  CHUNK_FILTERS_MIB: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_536)
    .default(128)
    .describe(
      'Memory for the filters that spare the database most look-ups of chunks: 4 bytes for each chunk of a vault in use',
    ),
  DESTINATION_PATIENCE: duration()
    .prefault('1m')
    .describe(
      'How long a destination has to be silent before what it alone holds is stored anew at another of its vault',
    ),
  HOUSEKEEPING_TASKS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('Vaults that one process keeps in order at the same time'),
  HOUSEKEEPING_LOOK: duration().prefault('10s').describe('How often to look for housekeeping that nobody rang for'),
  CATCH_UP_INTERVAL: duration().prefault('30s').describe('How long to rest when no destination lacks a copy'),
});
