import { z } from 'zod';
import { atMs, count, pageQuery, resourceId, snapshotId, uuid } from './parts.js';

export const newFreeing = z.strictObject({
  dryRun: z.boolean().default(false).describe('Says what would be freed and why, and frees nothing'),
});

const freeingShareView = z
  .object({
    verdict: z.enum(['keep', 'condemn', 'repack']),
    because: z
      .enum(['recent', 'in-use', 'named-by-newest', 'needed', 'nothing-needed', 'mostly-dead', 'deleted', 'small'])
      .describe('docs/space-freeing.md says what each means'),
    packs: count,
    bytes: count.describe('Bytes of the packs'),
    neededBytes: count.describe('Of these, bytes of chunks that a snapshot needs'),
    lockedBytes: count.describe('Of packs that go: bytes that stay at a destination while it keeps them locked'),
    lockedUntilMs: atMs.optional().describe('When the last of those locks ends; absent where there is none'),
  })
  .meta({ id: 'FreeingShare' });

const waitingShareView = z
  .object({
    destinationId: uuid,
    waitsFor: z
      .enum(['lock', 'unfinished', 'rest', 'copies', 'snapshots', 'another-try', 'turn'])
      .describe('docs/space-freeing.md says what each means'),
    objects: count,
    bytes: count,
    untilMs: atMs.optional().describe('When the last of it waits no longer; absent where that is not known'),
  })
  .meta({ id: 'WaitingShare' });

export const freeingReportView = z
  .object({
    jobId: uuid.optional().describe('Absent where no space freeing has run'),
    dryRun: z.boolean(),
    decidedAtMs: atMs.optional(),
    shares: z.array(freeingShareView).describe('Packs that were decided alike'),
    waitingObjects: count.describe('Objects that nothing needs and that a destination still holds'),
    waitingBytes: count,
    waiting: z.array(waitingShareView).describe('Together all that waits, by destination and by what it waits for'),
    lockedBytes: count.describe('Of these bytes, what destinations keep locked'),
    lockedUntilMs: atMs.optional().describe('When the last of those locks ends; absent where there is none'),
    isErasing: z
      .boolean()
      .describe('What was deleted on request may still lie in packs: another space freeing follows'),
    needed: z
      .object({
        byOne: count.describe('Sealed bytes that one snapshot alone needs'),
        bySeveral: count.describe('Sealed bytes that several need: freed when the last of them has gone'),
      })
      .optional()
      .describe("Of all snapshots of the vault; a dry run's alone"),
  })
  .meta({ id: 'FreeingReport' });
export type WaitsFor = z.infer<typeof waitingShareView>['waitsFor'];
export type FreeingReportView = z.infer<typeof freeingReportView>;

export const snapshotShareQuery = pageQuery(1_000);

export const snapshotShareView = z
  .object({
    snapshotId,
    resourceId,
    number: count,
    jobStartedAtMs: atMs,
    bytes: count.describe('Sealed bytes that this snapshot alone needs'),
  })
  .meta({ id: 'SnapshotShare' });
export type SnapshotShareView = z.infer<typeof snapshotShareView>;
