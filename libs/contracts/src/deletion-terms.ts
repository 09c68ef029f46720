import { parseDeletionId, parseResourceId } from '@holdfast/kernel';
import { z } from 'zod';

/** What a deletion job was asked for: everything of these resources that its set has in its vault. */
export const deletionTerms = z.strictObject({
  deletionId: z.uuid().transform(parseDeletionId),
  resourceIds: z.array(z.string().transform(parseResourceId)).min(1),
});
export type DeletionTerms = z.output<typeof deletionTerms>;

/** The terms of a deletion job, which always has some. */
export function deletionTermsFrom(termsJson: string | undefined): DeletionTerms {
  return deletionTerms.parse(JSON.parse(termsJson ?? ''));
}
