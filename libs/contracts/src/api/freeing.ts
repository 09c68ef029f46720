import { z } from 'zod';
import { atMs, count, uuid } from './parts.js';

export const newFreeing = z.strictObject({
  dryRun: z.boolean().default(false).describe('Says what would be freed and why, and frees nothing'),
});

const freeingShareView = z
  .object({
    verdict: z.enum(['keep', 'condemn', 'repack']),
    because: z
      .enum(['recent', 'in-use', 'named-by-newest', 'needed', 'nothing-needed', 'mostly-dead', 'small'])
      .describe('docs/space-freeing.md says what each means'),
    packs: count,
    bytes: count.describe('Bytes of the packs'),
    neededBytes: count.describe('Of these, bytes of chunks that a snapshot needs'),
    lockedBytes: count.describe('Of packs that go: bytes that stay at a destination while it keeps them locked'),
    lockedUntilMs: atMs.optional().describe('When the last of those locks ends; absent where there is none'),
  })
  .meta({ id: 'FreeingShare' });

export const freeingReportView = z
  .object({
    jobId: uuid.optional().describe('Absent where no space freeing has run'),
    dryRun: z.boolean(),
    decidedAtMs: atMs.optional(),
    shares: z.array(freeingShareView).describe('Packs that were decided alike'),
    waitingObjects: count.describe('Objects that nothing needs and that a destination still holds'),
    waitingBytes: count,
    lockedBytes: count.describe('Of these bytes, what destinations keep locked'),
    lockedUntilMs: atMs.optional().describe('When the last of those locks ends; absent where there is none'),
  })
  .meta({ id: 'FreeingReport' });
export type FreeingReportView = z.infer<typeof freeingReportView>;
