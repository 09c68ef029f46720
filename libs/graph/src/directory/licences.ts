import { z } from 'zod';
import { IDENTITY_COST } from '../budget/buckets.js';
import type { GraphClient } from '../graph-client.js';
import { entries } from '../paging.js';
import { parseAnswer } from '../parse-answer.js';

const skuSchema = z.object({
  skuId: z.string(),
  skuPartNumber: z.string(),
  capabilityStatus: z.string(),
  appliesTo: z.string().nullish(),
  consumedUnits: z.number().nullish(),
  prepaidUnits: z.object({ enabled: z.number().nullish() }).nullish(),
  servicePlans: z.array(z.object({ servicePlanName: z.string() })).default([]),
});

/** One product that the organisation has subscribed to. */
export interface Licence {
  readonly skuId: string;
  /** Microsoft's name, such as ENTERPRISEPACK. */
  readonly name: string;
  /** False once the subscription has lapsed. */
  readonly isActive: boolean;
  readonly unitsBought: number;
  readonly unitsUsed: number;
  readonly servicePlans: readonly string[];
}

/** The organisation's licences; the number bought decides SharePoint's limits. [Graph documentation: api/subscribedsku-list.md] */
export async function listLicences(client: GraphClient, signal?: AbortSignal): Promise<readonly Licence[]> {
  const demand = { bucket: 'identity', cost: IDENTITY_COST.licences } as const;
  const licences: Licence[] = [];
  for await (const entry of entries(client, { path: '/subscribedSkus', demand }, signal)) {
    const sku = parseAnswer(skuSchema, entry);
    licences.push({
      skuId: sku.skuId,
      name: sku.skuPartNumber,
      isActive: sku.capabilityStatus === 'Enabled' || sku.capabilityStatus === 'Warning',
      unitsBought: sku.prepaidUnits?.enabled ?? 0,
      unitsUsed: sku.consumedUnits ?? 0,
      servicePlans: sku.servicePlans.map((plan) => plan.servicePlanName),
    });
  }
  return licences;
}

/** Plans that bring SharePoint; `SHAREPOINTWAC` is Office for the web. [Entra documentation: licensing-service-plan-reference.md] */
const SHAREPOINT_PLAN = /^SHAREPOINT(?!WAC)/;

/**
 * Seats that decide the tier of SharePoint's limits. The page does not say which licences count: those without SharePoint, among them
 * free ones of ten thousand seats, are left out, since a tier too low costs time and one too high is throttled.
 */
export function sharePointSeats(licences: readonly Licence[]): number {
  return licences
    .filter(({ isActive, servicePlans }) => isActive && servicePlans.some((plan) => SHAREPOINT_PLAN.test(plan)))
    .reduce((sum, { unitsBought }) => sum + unitsBought, 0);
}
