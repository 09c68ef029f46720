import { z } from 'zod';
import { atMs, displayName, uuid } from './parts.js';

export const ROLES = ['provider-operator', 'provider-auditor', 'customer-admin', 'customer-restore-operator'] as const;
export type Role = (typeof ROLES)[number];
const CUSTOMER_ROLES = ['customer-admin', 'customer-restore-operator'] as const;

const expiresInDays = z
  .int('has to be a whole number')
  .min(1, 'has to be at least 1')
  .max(3_650, 'has to be at most 3650')
  .optional()
  .describe('Absent: until it is revoked');

/** A key for one tenant. */
export const newTenantApiKey = z.strictObject({
  displayName,
  role: z.enum(CUSTOMER_ROLES, { error: `has to be one of: ${CUSTOMER_ROLES.join(', ')}` }),
  expiresInDays,
});

/** A key of the provider's own people and programs. */
export const newProviderApiKey = z.strictObject({
  displayName,
  role: z.enum(['provider-operator', 'provider-auditor'], {
    error: 'has to be one of: provider-operator, provider-auditor',
  }),
  tenantIds: z
    .array(uuid)
    .min(1, 'has to name at least one tenant, or be left out for all')
    .max(10_000)
    .optional()
    .describe('Absent: all tenants'),
  expiresInDays,
});

export const apiKeyView = z
  .object({
    keyId: z.string(),
    displayName: z.string(),
    role: z.enum(ROLES),
    tenantIds: z.array(uuid).optional().describe('Absent: all tenants'),
    createdBy: z.string(),
    createdAtMs: atMs,
    expiresAtMs: atMs.optional(),
    lastUsedAtMs: atMs.optional(),
    revokedAtMs: atMs.optional(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyView = z.infer<typeof apiKeyView>;

export const createdApiKey = z
  .object({ apiKey: apiKeyView, token: z.string().describe('The key itself. Shown this once') })
  .meta({ id: 'CreatedApiKey' });

export const auditEntryView = z
  .object({
    number: z.int(),
    atMs,
    actor: z.string().describe('Id of the API key'),
    action: z.string(),
    outcome: z.enum(['asked', 'done', 'failed']),
    target: z.record(z.string(), z.string()).describe('Ids of what was acted on'),
    errorCode: z.string().optional(),
    requestId: z.string(),
    previousHash: z.string(),
    hash: z.string().describe("SHA-256 over this entry and the previous one's hash"),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryView = z.infer<typeof auditEntryView>;

export const AUDIT_FAULTS = ['changed', 'removed', 'inserted', 'reordered', 'cut-off', 'rewritten'] as const;

export const auditVerification = z
  .object({
    ok: z.boolean(),
    entries: z.int().describe('How many are as they were written, from the first'),
    firstBroken: z.int().optional().describe('Number of the first entry that is not what was written, or is not there'),
    fault: z
      .enum(AUDIT_FAULTS)
      .optional()
      .describe(
        'What was done there. cut-off: the trail ends before an entry that it had; rewritten: it is another than the one that is known',
      ),
    checkpoint: z
      .string()
      .optional()
      .describe(
        'Signed word on the newest entry, of a trail that is whole. Keep it elsewhere and give it when you check again',
      ),
  })
  .meta({ id: 'AuditVerification' });

/** Who the caller is. */
export const callerView = z
  .object({ keyId: z.string(), role: z.enum(ROLES), tenantIds: z.array(uuid).optional() })
  .meta({ id: 'Caller' });
