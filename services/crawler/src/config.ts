import { parseTenantId } from '@holdfast/kernel';
import { bytes, peerSettings, serviceSettings } from '@holdfast/platform';
import { z } from 'zod';

const MIB = 1024 * 1024;
const memory = () => bytes().refine((value) => value >= MIB, 'expected at least 1MiB');

/** Every setting of the crawler service. docs/configuration.md is generated from this schema. */
export const crawlerConfig = z.object({
  ...serviceSettings,
  ...peerSettings('auth', 'scheduler', 'storage'),
  TENANT_ID: z
    .uuid()
    .transform(parseTenantId)
    .optional()
    .describe('Works for this tenant alone; a certificate that names the tenant too holds it to that'),
  CRAWLER_TASKS: z.coerce.number().int().min(1).max(50).default(8).describe('Resources read at the same time, at most'),
  CRAWLER_WORKERS: z.coerce
    .number()
    .int()
    .min(0)
    .max(32)
    .default(2)
    .describe('Threads that chunk, compress and seal; 0 does it beside the reading'),
  CRAWLER_CHANGES: bytes()
    .prefault('32MiB')
    .describe('Changes of items held before they are sealed, of all tasks together'),
  CRAWLER_SEALED: memory()
    .prefault('48MiB')
    .describe('Sealed bytes held for destinations, of all vaults together; when they are full, reading waits'),
  CRAWLER_CACHES: memory()
    .prefault('32MiB')
    .describe(
      'Half for what was read of vaults, and half for which chunks were met lately; of that each of CRAWLER_TASKS vaults may take its share',
    ),
  CHECKPOINT_EVERY: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe('Items after which a task makes a checkpoint'),
});
