import { z } from 'zod';
import { MOST_ITEMS_NAMED } from '../deletion-terms.js';
import { accountOfResources, reason } from './legal-holds.js';
import { jobState } from './jobs.js';
import { atMs, count, pageQuery, resourceId, uuid } from './parts.js';

/** Characters of an item's id at most; Microsoft's have some hundred. */
const MOST_ID = 1_000;

const state = z.enum(['waiting', 'withdrawn', 'approved', 'running', 'failed', 'removed']);

export const deletionSubject = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({ kind: z.literal('account'), accountId: accountOfResources })
      .describe('All resources of the account'),
    z.strictObject({ kind: z.literal('resource'), resourceId }),
    z
      .strictObject({
        kind: z.literal('items'),
        resourceId,
        itemIds: z
          .array(z.string().min(1).max(MOST_ID))
          .min(1)
          .max(MOST_ITEMS_NAMED)
          .describe('Microsoft’s ids, as browsing and searching show them'),
      })
      .describe('Items of one resource; folders with everything below'),
  ],
  { error: 'has to be of kind account, resource or items' },
);
export type DeletionSubject = z.infer<typeof deletionSubject>;

export const newDeletion = z.strictObject({
  of: deletionSubject,
  reason: reason.describe('Why; stands in the certificate'),
});

export const deletionQuery = pageQuery(200);

const decision = z.object({ by: z.string().describe('Id of the API key'), atMs });

const removedResource = z.object({
  resourceId,
  snapshots: count,
  firstNumber: count.describe('Place in the chain of the resource, from 1'),
  lastNumber: count,
  firstJobStartedAtMs: atMs.describe('Start of the backup job that made the first'),
  lastJobStartedAtMs: atMs,
});

const freeingAfter = z.object({
  jobId: uuid,
  state: jobState,
  finishedAtMs: atMs.optional(),
  bytesFreed: count.describe('Sealed bytes of the whole vault, as far as it has come'),
  snapshotsInUse: count.describe(
    'Let go, and left since somebody opened them lately or a task builds on them; another freeing follows',
  ),
  packsToErase: count.describe(
    'Left with bytes of what was removed, or what may be: the newest snapshot of a resource names them, a task builds on them, they are damaged, or the destination that alone has them is down; another freeing follows',
  ),
});

export const deletionView = z
  .object({
    deletionId: uuid,
    backupSetId: uuid,
    vaultId: uuid,
    of: deletionSubject,
    reason: z.string(),
    state: state.describe('waiting: for approvals; approved: and not begun; failed: can be run again'),
    requestedBy: z.string().describe('Id of the API key'),
    requestedAtMs: atMs,
    approvals: z.array(decision),
    withdrawn: decision.optional(),
    jobId: uuid.optional().describe('The newest job'),
    removedAtMs: atMs.optional(),
    removed: z.array(removedResource),
    freeing: freeingAfter.optional().describe('The newest space freeing that was started since'),
  })
  .meta({ id: 'Deletion' });
export type DeletionView = z.infer<typeof deletionView>;

export const deletionAndWarnings = z
  .object({
    deletion: deletionView,
    warnings: z.array(z.string()).describe('Why there is nothing to delete, or why it could not begin'),
  })
  .meta({ id: 'DeletionAndWarnings' });

const remainingBytes = z
  .object({
    standing: z
      .enum(['not-freed', 'waiting', 'freed'])
      .describe('Of sealed bytes at destinations that only what was removed needed: all remain; some do; none does'),
    explanation: z.string(),
    waitingBytes: count.describe('Of the whole vault: freed and not yet deleted at every destination'),
    lockedBytes: count.optional().describe('Of those that wait: locked by destinations'),
    lockedUntilMs: atMs.optional().describe('When the last of those locks ends; absent where there is none'),
    unneededBytes: count.describe('Of the whole vault: needed by nothing, in packs that hold what is needed'),
  })
  .meta({ id: 'RemainingBytes' });
export type RemainingBytes = z.infer<typeof remainingBytes>;

/** A deletion and, once it has removed what was asked for, how far its sealed bytes have gone. */
export const deletionStanding = deletionView
  .extend({ bytes: remainingBytes.optional().describe('Absent before it has removed what was asked for') })
  .meta({ id: 'DeletionStanding' });
export type DeletionStanding = z.infer<typeof deletionStanding>;

/** What a certificate's text says, as JSON. */
export const deletionStatement = z.object({
  form: z.literal('holdfast-deletion-1'),
  issuedAtMs: atMs,
  tenantId: uuid,
  deletion: deletionView,
  bytes: remainingBytes,
});
export type DeletionStatement = z.infer<typeof deletionStatement>;

export const deletionCertificate = z
  .object({
    statement: z.string().describe('JSON; the signature is over exactly these characters in UTF-8'),
    signature: z.string().describe('Ed25519, base64url'),
    keyId: z.string().describe("First 16 hexadecimal digits of the public key's SHA-256"),
    publicKey: z.string().describe('SubjectPublicKeyInfo in DER, base64'),
  })
  .meta({ id: 'DeletionCertificate' });
export type DeletionCertificate = z.infer<typeof deletionCertificate>;
