import { z } from 'zod';
import { atMs, pageQuery, resourceId, uuid } from './parts.js';

/** Microsoft's id of an account, as the resources of the account are named by it. */
export const accountOfResources = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'has to be an id of letters, digits, `-`, `_`');
/** Why somebody wants something, in that person's words. */
export const reason = z
  .string()
  .trim()
  .min(1, 'has to have at least 1 character')
  .max(500, 'has to have at most 500 characters')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'may not contain control characters or halves of characters');

/** What a legal hold is on. */
export const heldSubject = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('set'), backupSetId: uuid }),
    z
      .strictObject({ kind: z.literal('account'), accountId: accountOfResources })
      .describe('All resources of the account, in every set'),
    z.strictObject({ kind: z.literal('resource'), resourceId }).describe('In every set'),
  ],
  { error: 'has to be of kind set, account or resource' },
);
export type HeldSubject = z.infer<typeof heldSubject>;

export const newLegalHold = z.strictObject({
  on: heldSubject,
  reason: reason.describe('Why; shown to whoever may see holds'),
});

const withLifted = z
  .enum(['true', 'false'], { error: 'has to be true or false' })
  .default('false')
  .transform((text) => text === 'true')
  .describe('Lifted holds too');
export const legalHoldQuery = pageQuery(200).extend({ withLifted });

export const legalHoldView = z
  .object({
    holdId: uuid,
    on: heldSubject,
    reason: z.string(),
    placedBy: z.string().describe('Id of the API key'),
    placedAtMs: atMs,
    liftedBy: z.string().optional().describe('Id of the API key; absent while the hold stands'),
    liftedAtMs: atMs.optional(),
  })
  .meta({ id: 'LegalHold' });
export type LegalHoldView = z.infer<typeof legalHoldView>;

export const placedLegalHold = z
  .object({
    hold: legalHoldView,
    warnings: z.array(z.string()).describe('What the hold may not do as expected'),
  })
  .meta({ id: 'PlacedLegalHold' });
