import { parseDeletionId, parseResourceId } from '@holdfast/kernel';
import { z } from 'zod';

const deletionId = z.uuid().transform(parseDeletionId);

/** What a deletion job was asked for: everything of these resources that its set has in its vault. */
export const deletionTerms = z.strictObject({
  deletionId,
  resourceIds: z.array(z.string().transform(parseResourceId)).min(1),
});
export type DeletionTerms = z.output<typeof deletionTerms>;

/** Items and folders that one request to delete may name. */
export const MOST_ITEMS_NAMED = 1_000;

/** What a rewriting job was asked for on request: these items of its task's resource, folders with everything below. */
export const rewritingTerms = z.strictObject({
  deletionId,
  itemIds: z.array(z.string().min(1)).min(1).max(MOST_ITEMS_NAMED),
});
/** A rewriting job without items: the newest snapshot of its tasks' resources is stated anew, so that its packs can be erased. */
export const renewalTerms = z.strictObject({ renewsNewest: z.literal(true) });
export type RenewalTerms = z.output<typeof renewalTerms>;
export type RewritingTerms = z.output<typeof rewritingTerms> | RenewalTerms;

/** The terms of a deletion job, which always has some. */
export function deletionTermsFrom(termsJson: string | undefined): DeletionTerms {
  return deletionTerms.parse(JSON.parse(termsJson ?? ''));
}

/** The terms of a rewriting job, which always has some. */
export function rewritingTermsFrom(termsJson: string | undefined): RewritingTerms {
  return z.union([rewritingTerms, renewalTerms]).parse(JSON.parse(termsJson ?? ''));
}
