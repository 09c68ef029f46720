import {
  bytes,
  databaseSettings,
  duration,
  grpcSettings,
  httpSettings,
  peerSettings,
  serviceSettings,
} from '@holdfast/platform';
import { z } from 'zod';

const count = (max: number) => z.coerce.number().int().min(1).max(max);

/** Every setting of the restore service. docs/configuration.md is generated from this schema. */
export const restoreConfig = z.object({
  ...serviceSettings,
  ...grpcSettings,
  ...httpSettings,
  ...databaseSettings,
  ...peerSettings('auth', 'scheduler', 'storage'),
  RESTORE_TASKS: count(50).default(8).describe('Mailboxes and drives restored into at the same time, at most'),
  RESTORE_TASKS_IN_ALL: count(100_000)
    .optional()
    .describe('RESTORE_TASKS of all processes added up, which the time of a quote follows; absent: of this one'),
  RESTORE_MEMORY: bytes().prefault('128MiB').describe('Contents held at once while they are restored, in all'),
  LOOK_INTERVAL: duration().prefault('10s').describe('How often work that no bell rang for is looked for'),
  OPENED_VAULTS: count(200).default(8).describe('Vaults kept open for browsing and restoring, at most'),
  VAULT_CACHE: bytes().prefault('16MiB').describe('What was read lately, kept for each open vault'),
  VAULT_KEPT: duration().prefault('10m').describe('How long a vault stays open before its keys are asked for again'),
});
