import { z } from 'zod';
import { count, uuid } from './parts.js';

const place = z.string().max(80, 'has to be at most 80 characters');

/** From where a page of secrets is looked at, in a query or a body. */
export const rewrapQuery = z.strictObject({ after: place.optional().describe('`next` of the page before') });

/** How many secrets of a page are in which state. */
export const rewrapPage = z
  .object({
    present: count.describe('Under the present provider key before'),
    rewrapped: count.describe('Under the present provider key by this request'),
    remaining: count.describe('Under a further key still'),
    lost: count.describe('Under no key that the service was started with'),
    failures: z.array(z.object({ tenantId: uuid, vaultId: uuid.optional(), message: z.string() })),
    next: place.optional().describe('Where the next page begins; absent when all was looked at'),
  })
  .meta({ id: 'RewrapPage' });
export type RewrapPageView = z.infer<typeof rewrapPage>;
