import { z } from 'zod';
import { atMs, count, pageQuery, resourceId, snapshotId, uuid } from './parts.js';

export const newRetention = z.strictObject({
  dryRun: z.boolean().default(false).describe('Says what would stay and go, and lets nothing go'),
});

export const verdictQuery = pageQuery(1_000);

export const retentionVerdictView = z
  .object({
    snapshotId,
    resourceId,
    number: count.describe('Place in the chain of the resource, from 1'),
    jobStartedAtMs: atMs.describe('Start of the backup job that made the snapshot'),
    stays: z.boolean(),
    explanation: z.string().describe('kept because …, or: goes because …'),
    wentAtMs: atMs.optional().describe('When it was let go; absent while it can be restored'),
    jobId: uuid.describe('The retention job that said so'),
  })
  .meta({ id: 'RetentionVerdict' });
export type RetentionVerdictView = z.infer<typeof retentionVerdictView>;
