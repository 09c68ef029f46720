import { z } from 'zod';
import { IDENTITY_COST } from '../budget/buckets.js';
import type { GraphClient } from '../graph-client.js';
import { parseAnswer } from '../parse-answer.js';

const answerSchema = z.object({
  value: z
    .array(
      z.object({
        id: z.string(),
        displayName: z.string().nullish(),
        countryLetterCode: z.string().nullish(),
        verifiedDomains: z.array(z.object({ name: z.string(), isDefault: z.boolean().nullish() })).default([]),
      }),
    )
    .min(1),
});

/** The customer's organisation, as its directory describes itself. */
export interface Organization {
  readonly directoryId: string;
  readonly displayName: string;
  readonly country: string | undefined;
  readonly domains: readonly string[];
}

/** The organisation that the client's token belongs to. [Graph documentation: api/organization-get.md] */
export async function getOrganization(client: GraphClient, signal?: AbortSignal): Promise<Organization> {
  const demand = { bucket: 'identity', cost: IDENTITY_COST.other } as const;
  const { value } = parseAnswer(answerSchema, await client.json({ path: '/organization', demand }, signal));
  const [first] = value;
  return {
    directoryId: first?.id ?? '',
    displayName: first?.displayName ?? '',
    country: first?.countryLetterCode ?? undefined,
    domains: first?.verifiedDomains.map((domain) => domain.name) ?? [],
  };
}
