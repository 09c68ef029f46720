import { z } from 'zod';
import { CHECK_MODES } from '../check-terms.js';
import { atMs, count, pageQuery, resourceId, snapshotId, uuid } from './parts.js';

export const newCheck = z.strictObject({
  mode: z
    .enum(CHECK_MODES, { error: `has to be one of ${CHECK_MODES.join(', ')}` })
    .default('quick')
    .describe('quick: names and sizes; deep: every byte; sample: the share of every byte that is due today'),
  days: z
    .int('has to be a whole number of days')
    .min(1, 'has to be at least 1')
    .max(3_650, 'has to be at most 3650')
    .optional()
    .describe('Of a sample, run daily: in so many days every byte is read'),
  destinationId: uuid.optional().describe('Only this destination; else each of the vault'),
});

export const findingQuery = pageQuery(1_000);

export const findingView = z
  .object({
    object: z.string().describe("Name below the vault's prefix; empty of an old state"),
    destinationId: uuid,
    damage: z
      .enum(['missing', 'short', 'long', 'altered', 'trailer', 'unknown', 'old-state'])
      .describe(
        'trailer: its contents are not what the index said; unknown: the index does not know the object; old-state: the destination lacks all that came after some instant, and nothing from before',
      ),
    state: z
      .enum(['open', 'mended', 'quarantined', 'told'])
      .describe('quarantined: no destination holds a good copy; told: nothing has to be done'),
    bytes: count.describe('Bytes that were found'),
    jobId: uuid.describe('The check that saw it last'),
    foundAtMs: atMs,
    mendedAtMs: atMs.optional(),
    snapshots: z
      .array(z.object({ backupSetId: uuid, resourceId, snapshotId, number: count }))
      .describe('Snapshots that were committed with a quarantined pack; later ones of the resources may need it too'),
  })
  .meta({ id: 'Finding' });
export type FindingView = z.infer<typeof findingView>;

export const affectedItemQuery = pageQuery(200);

export const affectedItemView = z
  .object({
    backupSetId: uuid,
    resourceId,
    itemId: z.string().describe("Empty: what the resource's snapshots list cannot be read whole"),
    kind: z.string(),
    path: z
      .array(z.string())
      .describe('Names of the folders from the top, the own name or subject last; empty where they cannot be read'),
    since: z.object({ snapshotId, number: count, jobStartedAtMs: atMs }).describe('The first snapshot that has it so'),
    until: z
      .object({ number: count, jobStartedAtMs: atMs })
      .optional()
      .describe('The last snapshot that has it so; absent where the newest has'),
    state: z
      .enum(['due', 'read', 'past'])
      .describe(
        'due: the next backup reads it from Microsoft anew; read: it did, the next check says with what success; past: only earlier snapshots have it, and Microsoft cannot give it back',
      ),
  })
  .meta({ id: 'AffectedItem' });
export type AffectedItemView = z.infer<typeof affectedItemView>;
