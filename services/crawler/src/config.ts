import { parseTenantId } from '@holdfast/kernel';
import { peerSettings, serviceSettings } from '@holdfast/platform';
import { z } from 'zod';

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
  CHECKPOINT_EVERY: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe('Items after which a task makes a checkpoint'),
});
