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
  SCRATCH_FOLDER: z
    .string()
    .optional()
    .describe(
      'Folder for what space freeing notes while it runs, 8 bytes for each chunk of a vault; the system’s own folder for temporary files when left out',
    ),
  FREEING_READERS_REST: duration()
    .prefault('1d')
    .describe('How long space freeing keeps a snapshot that retention let go after somebody opened it to read from it'),
  FREEING_DELETION_REST: duration()
    .prefault('1h')
    .describe('How long what space freeing has condemned stays at its destinations, for those who are reading it'),
  FREEING_DEAD_SHARE: z.coerce
    .number()
    .min(0.05)
    .max(1)
    .default(0.5)
    .describe('Share of a pack that nothing needs from which on space freeing copies the rest into a new one'),
  COPY_FIRST_PAUSE: duration()
    .prefault('15s')
    .describe(
      'How long a copy to a further destination rests after its first failure; twice as long after each further one, less up to a half by chance. Looked for every CATCH_UP_INTERVAL',
    ),
  COPY_LONGEST_PAUSE: duration()
    .prefault('10m')
    .describe(
      'The longest of these pauses. What rests because its destination did not answer goes there as soon as that answers again; it is asked every CATCH_UP_INTERVAL. COPY_FIRST_PAUSE is no longer than this, whatever it says',
    ),
  CATCH_UP_INTERVAL: duration().prefault('30s').describe('How long to rest when no destination lacks a copy'),
});
