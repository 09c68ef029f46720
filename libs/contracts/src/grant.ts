import {
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTaskId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { z } from 'zod';
import { JOB_KINDS } from './job-kinds.js';
import { LANES } from './events/task-ready.js';

/**
 * What a grant says: who holds which task until when. Carried as a JWT (RFC 7519) signed by scheduler with EdDSA; auth and
 * storage act for a task only against a grant whose `exp` lies ahead and whose epoch is the highest they have seen.
 */
export const grantClaims = z.object({
  iss: z.literal('holdfast-scheduler'),
  /** Seconds since the epoch, by PostgreSQL's clock. */
  exp: z.int(),
  kind: z.enum(JOB_KINDS),
  tenant: z.uuid().transform(parseTenantId),
  /** Absent for a restore. */
  set: z.uuid().transform(parseBackupSetId).optional(),
  vault: z.uuid().transform(parseVaultId),
  job: z.uuid().transform(parseJobId),
  task: z.uuid().transform(parseTaskId),
  resource: z.string().transform(parseResourceId),
  lane: z.enum(LANES),
  epoch: z.int().min(1),
  /** The task goes on from a checkpoint of an earlier epoch; absent where it begins anew. */
  resumed: z.boolean().optional(),
  /** Identity of the holder as its certificate (or socket) proves it. */
  holder: z.string(),
});
export type GrantClaims = z.infer<typeof grantClaims>;
