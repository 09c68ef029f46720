import { makeMeter, type Algorithm, type Meter, type MeterReading } from './meter.js';

const MINUTE_MS = 60_000;

/** One documented limit. */
export interface Budget {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** Per app and mailbox (docs: graph/throttling-limits, Outlook service limits). */
export const OUTLOOK_REQUESTS: Budget = { name: 'MailboxRequests', limit: 10_000, windowMs: 10 * MINUTE_MS };
export const OUTLOOK_UPLOAD: Budget = { name: 'MailboxUpload', limit: 150_000_000, windowMs: 5 * MINUTE_MS };
export const OUTLOOK_PARALLEL = 4;

/** Per app over all tenants (docs: graph/throttling-limits, global limits). */
export const GLOBAL_REQUESTS: Budget = { name: 'Global', limit: 130_000, windowMs: 10_000 };

/** Licences up to which a row of SharePoint's table holds (docs: SharePoint, avoid getting throttled, 2025-10). */
const SHAREPOINT_TIERS = [
  { upTo: 1_000, appMinute: 1_250, appDay: 1_200_000, tenantFiveMinutes: 18_750 },
  { upTo: 5_000, appMinute: 2_500, appDay: 2_400_000, tenantFiveMinutes: 37_500 },
  { upTo: 15_000, appMinute: 3_750, appDay: 3_600_000, tenantFiveMinutes: 56_250 },
  { upTo: 50_000, appMinute: 5_000, appDay: 4_800_000, tenantFiveMinutes: 75_000 },
  { upTo: Number.POSITIVE_INFINITY, appMinute: 6_250, appDay: 6_000_000, tenantFiveMinutes: 93_750 },
] as const;

export interface SharePointBudgets {
  readonly appMinute: Budget;
  readonly appDay: Budget;
  readonly tenantFiveMinutes: Budget;
}

/** SharePoint's limits in resource units for a tenant of so many licences. */
export function sharePointBudgets(licences: number): SharePointBudgets {
  const tier = SHAREPOINT_TIERS.find(({ upTo }) => licences <= upTo) ?? SHAREPOINT_TIERS[0];
  return {
    appMinute: { name: 'AppMinute', limit: tier.appMinute, windowMs: MINUTE_MS },
    appDay: { name: 'AppDay', limit: tier.appDay, windowMs: 24 * 60 * MINUTE_MS },
    tenantFiveMinutes: { name: 'TenantFiveMinutes', limit: tier.tenantFiveMinutes, windowMs: 5 * MINUTE_MS },
  };
}

/** Resource units per 10 s of an app in a tenant of so many users (docs: graph/throttling-limits, identity and access). */
export function identityBudget(users: number): Budget {
  const limit = users < 50 ? 3_500 : users <= 500 ? 5_000 : 8_000;
  return { name: 'Identity', limit, windowMs: 10_000 };
}

/** The meters of every budget by key, made when first used. */
export class MeterShelf {
  readonly #meters = new Map<string, Meter>();

  take(key: string, budget: Budget, algorithm: Algorithm, units: number, at: number): MeterReading {
    const name = `${budget.name}|${algorithm}|${budget.limit}|${key}`;
    let meter = this.#meters.get(name);
    if (!meter) this.#meters.set(name, (meter = makeMeter(algorithm, budget.limit, budget.windowMs)));
    return meter.take(units, at);
  }

  clear(): void {
    this.#meters.clear();
  }
}
