import { z } from 'zod';
import { atMs, count, microsoftId, pageQuery, resourceId, snapshotId, uuid } from './parts.js';

/** A vault and a time in it: given directly, by a set, or by a job. */
const pointInTime = {
  vaultId: uuid.optional(),
  backupSetId: uuid.optional(),
  jobId: uuid.optional().describe('As of this backup job'),
};
const asOf = z
  .int('has to be milliseconds since the epoch')
  .min(1, 'has to be after 1970')
  .max(Date.UTC(9_999, 0, 1), 'has to be before the year 9999')
  .describe('As of this instant, ms since the epoch');

const named = { path: ['backupSetId'], error: 'has to be given, or one of jobId and vaultId' };
const isNamed = (from: {
  vaultId?: string | undefined;
  backupSetId?: string | undefined;
  jobId?: string | undefined;
}) => from.vaultId !== undefined || from.backupSetId !== undefined || from.jobId !== undefined;

export const restoreFrom = z
  .strictObject({ ...pointInTime, asOfMs: asOf.optional() })
  .refine(isNamed, named)
  .describe('A vault, set or job, and with asOfMs a time; the newest state when no time is given');
export type RestoreFrom = z.infer<typeof restoreFrom>;

export const snapshotQuery = pageQuery(1_000)
  .extend({
    ...pointInTime,
    jobId: uuid.optional().describe('Only what this job made'),
    asOfJobId: uuid.optional().describe('Only the newest of each resource as of this job'),
    asOfMs: z.coerce.number().pipe(asOf).optional().describe('Only the newest of each resource as of this instant'),
    resourceId: resourceId.optional(),
  })
  .refine((query) => isNamed(query) || query.asOfJobId !== undefined, named);

export const snapshotView = z
  .object({
    vaultId: uuid,
    snapshotId,
    resourceId,
    backupSetId: uuid,
    jobId: uuid,
    number: z.int().describe('Counts up from 1 for each resource'),
    parentSnapshotId: snapshotId.optional(),
    jobStartedAtMs: atMs.describe("The job's start, which decides the day the snapshot belongs to"),
    committedAtMs: atMs,
  })
  .meta({ id: 'Snapshot' });
export type SnapshotView = z.infer<typeof snapshotView>;

export const folderQuery = pageQuery(500).extend({
  folderId: microsoftId.optional().describe("Absent: the resource's top"),
});

export const itemView = z
  .object({
    itemId: z.string(),
    parentId: z.string().optional(),
    kind: z
      .string()
      .describe('mail-folder, search-folder, message, drive-root, drive-folder, file, package or shortcut'),
    name: z.string().describe('File or folder name, or subject'),
    bytes: count,
    createdAtMs: atMs.optional(),
    modifiedAtMs: atMs.optional(),
    sortAtMs: atMs.optional().describe('Received time of a message, else the modification'),
    sender: z.string().optional(),
    recipients: z.array(z.string()),
    isFolder: z.boolean(),
    path: z.array(z.string()).describe("Names of the folders from the top to the item, without the item's own"),
    resourceId: resourceId.optional(),
    snapshotId: snapshotId.optional(),
  })
  .meta({ id: 'Item' });
export type ItemView = z.infer<typeof itemView>;

const searchFields = z.strictObject({
  from: restoreFrom,
  resourceIds: z
    .array(resourceId)
    .min(1, 'has to name at least one resource, or be left out for all')
    .max(100, 'has to name at most 100 resources')
    .optional()
    .describe('Absent: all resources'),
  folderId: microsoftId.optional().describe('Only below this folder, of a search in one resource'),
  includeSubfolders: z.boolean().default(true),
  pattern: z.string().max(1_000, 'has to have at most 1000 characters').default('').describe('Empty: everything'),
  match: z
    .enum(['contains', 'exact', 'starts-with', 'ends-with'], {
      error: 'has to be contains, exact, starts-with or ends-with',
    })
    .default('contains'),
  matchCase: z.boolean().default(false),
  fields: z
    .array(z.enum(['name', 'sender', 'recipient'], { error: 'has to be name, sender or recipient' }))
    .max(3)
    .default(['name'])
    .describe('Where the pattern is looked for; name is the subject of a message'),
  kinds: z
    .array(z.enum(['mail-folder', 'search-folder', 'message', 'drive-folder', 'file', 'package', 'shortcut']))
    .max(7)
    .default([])
    .describe('Empty: all kinds'),
  fromMs: asOf.optional().describe('Received or modified at or after'),
  toMs: asOf.optional().describe('Received or modified before'),
  minBytes: count.optional(),
  maxBytes: count.optional(),
  pageSize: z.int().min(1).max(500).default(50),
  pageToken: z.string().max(8_192, 'has to be one that the previous page gave').optional(),
});
/** A range that is the wrong way round holds nothing, which nobody wants to find. */
export const searchRequest = searchFields
  .refine(({ fromMs, toMs }) => fromMs === undefined || toMs === undefined || fromMs < toMs, {
    path: ['toMs'],
    error: 'has to be after fromMs',
  })
  .refine(({ minBytes, maxBytes }) => minBytes === undefined || maxBytes === undefined || minBytes <= maxBytes, {
    path: ['maxBytes'],
    error: 'has to be at least minBytes',
  });
export type SearchRequestBody = z.infer<typeof searchRequest>;

export const searchPage = z
  .object({
    rows: z.array(itemView),
    nextPageToken: z.string().optional().describe('Absent at the end; a page may be empty before it'),
    examined: count.describe('Entries looked at for this page'),
  })
  .meta({ id: 'SearchPage' });
