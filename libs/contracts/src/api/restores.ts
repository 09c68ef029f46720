import { z } from 'zod';
import { atMs, bindingLimit, count, folderPath, microsoftId, resourceId, snapshotId, uuid } from './parts.js';
import { restoreFrom } from './snapshots.js';

/** What of one resource. Without a snapshot it is the one as of `from`. */
export const restoreSource = z.strictObject({
  resourceId,
  snapshotId: snapshotId.optional(),
  itemIds: z
    .array(microsoftId)
    .max(5_000, 'has to name at most 5000 items; name a folder to take all below it')
    .default([])
    .describe('Items, and folders with all below them; empty: the whole resource'),
  targetAccountId: microsoftId
    .optional()
    .describe("Microsoft's id of the account to restore into; absent: where it was"),
});
export type RestoreSourceBody = z.infer<typeof restoreSource>;

const sources = z
  .array(restoreSource)
  .min(1, 'has to name at least one resource, or be left out for all')
  .max(500, 'has to name at most 500 resources')
  .optional()
  .describe(
    'Absent: every resource as of `from`. A resource named twice is taken once; as of two snapshots for one target, no item may be in both',
  );

export const conflictPolicy = z.enum(['overwrite', 'skip', 'keep-both'], {
  error: 'has to be overwrite, skip or keep-both',
});

export const newPlan = z.strictObject({
  from: restoreFrom,
  sources,
  policy: conflictPolicy.default('overwrite').describe('What happens to an item that exists at the target'),
  targetFolder: folderPath
    .optional()
    .describe('Folder that all is put below, made when missing; absent: the same-named folders'),
});

const planCounts = z
  .object({
    createFolders: count,
    create: count,
    overwrite: count,
    keepBoth: count,
    skip: count,
    unchanged: count,
    bytes: count,
    requests: count.describe('Expected requests at Microsoft'),
    units: count.describe("Expected resource units of SharePoint's limits"),
    uploadBytes: count.describe('Expected bytes of request bodies'),
    expectedMs: count.describe('Expected milliseconds, as if no other job ran'),
    bindingLimit,
  })
  .meta({ id: 'PlanCounts' });

export const planView = z
  .object({
    planId: uuid,
    vaultId: uuid,
    policy: conflictPolicy,
    createdAtMs: atMs,
    jobId: uuid.optional().describe('Absent until the plan is performed'),
    counts: planCounts,
    warnings: z.array(z.string()).describe('What will not come back as it was, once per kind of loss'),
  })
  .meta({ id: 'RestorePlan' });
export type PlanView = z.infer<typeof planView>;

export const planStepView = z
  .object({
    number: z.int(),
    resourceId,
    itemId: z.string(),
    action: z.string().describe('create-folder, create, overwrite, keep-both, skip or unchanged'),
    name: z.string(),
    path: z.string(),
    state: z.string().describe('planned, done or failed'),
    errorCode: z.string().optional(),
    errorMessage: z.string().optional(),
  })
  .meta({ id: 'PlanStep' });
export type PlanStepView = z.infer<typeof planStepView>;

export const performedPlan = z.object({ planId: uuid, jobId: uuid }).meta({ id: 'PerformedPlan' });

export const restoreReportView = z
  .object({
    planId: uuid,
    jobId: uuid.optional(),
    planned: planCounts,
    done: count,
    failed: count,
    verified: count,
    requests: count,
    failures: z.array(planStepView),
    losses: z
      .array(planStepView)
      .describe(
        'Items that came back without something that they had: errorCode names the field as docs/fidelity.md does',
      ),
  })
  .meta({ id: 'RestoreReport' });
export type RestoreReportView = z.infer<typeof restoreReportView>;

export const newExport = z.strictObject({
  from: restoreFrom,
  sources: z
    .array(restoreSource.omit({ targetAccountId: true }))
    .min(1, 'has to name at least one resource')
    .max(500),
  format: z.enum(['zip', 'eml', 'mbox'], { error: 'has to be zip, eml or mbox' }),
});

export const exportView = z
  .object({
    exportId: uuid,
    downloadPath: z.string().describe('GET it once, before it expires'),
    expiresAtMs: atMs,
  })
  .meta({ id: 'Export' });
export type ExportView = z.infer<typeof exportView>;
