/** One limit of the kind "so much per so long". */
export interface WindowLimit {
  readonly amount: number;
  readonly perMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Per app and mailbox. [Graph documentation: includes/throttling-outlook.md] */
export const OUTLOOK_LIMITS = {
  requests: { amount: 10_000, perMs: 10 * MINUTE },
  uploadBytes: { amount: 150_000_000, perMs: 5 * MINUTE },
  concurrent: 4,
} as const satisfies { requests: WindowLimit; uploadBytes: WindowLimit; concurrent: number };

/** The most that one request takes: of a limit of less it would never go. Bodies to Outlook and fragments of attachments have less than 4 MiB. */
export const LARGEST_DEMAND = { units: 5, outlookUploadBytes: 4 * 1024 * 1024 } as const;

/** All requests of one app over all its tenants. [learn.microsoft.com/graph/throttling-limits] */
export const APP_LIMIT: WindowLimit = { amount: 130_000, perMs: 10_000 };

/** Resource units per app and tenant, by the tenant's licences. [SharePoint: how-to-avoid-getting-throttled-or-blocked] */
const SHAREPOINT_TIERS = [
  { upToLicences: 1_000, perMinute: 1_250, perDay: 1_200_000 },
  { upToLicences: 5_000, perMinute: 2_500, perDay: 2_400_000 },
  { upToLicences: 15_000, perMinute: 3_750, perDay: 3_600_000 },
  { upToLicences: 50_000, perMinute: 5_000, perDay: 4_800_000 },
  { upToLicences: Infinity, perMinute: 6_250, perDay: 6_000_000 },
] as const;

/** Resource units that a request costs. [same page] */
export const SHAREPOINT_COST = { get: 1, deltaWithToken: 1, download: 1, list: 2, write: 2, permissions: 5 } as const;

/** Per app and tenant, by its number of users. [Graph documentation: concepts/throttling-limits.md] */
const IDENTITY_TIERS = [
  { belowUsers: 50, units: 3_500 },
  { belowUsers: 501, units: 5_000 },
  { belowUsers: Infinity, units: 8_000 },
] as const;

/** Resource units that a directory read costs before `$select` (−1) and the like. [same page] */
export const IDENTITY_COST = { users: 2, licences: 3, other: 1 } as const;

/** Size of a tenant, which some limits follow. Unknown counts as smallest. */
export interface TenantSize {
  readonly licences: number;
  readonly users: number;
}

/** The documented minute and day of a tenant's SharePoint and OneDrive, in resource units. */
export function sharepointLimits(size: TenantSize): { readonly minute: WindowLimit; readonly day: WindowLimit } {
  const tier = SHAREPOINT_TIERS.find((row) => size.licences <= row.upToLicences) ?? SHAREPOINT_TIERS[0];
  return {
    minute: { amount: tier.perMinute, perMs: MINUTE },
    day: { amount: tier.perDay, perMs: 24 * HOUR },
  };
}

/** The documented limit of a tenant's directory, in resource units. */
export function identityLimit(size: TenantSize): WindowLimit {
  const tier = IDENTITY_TIERS.find((row) => size.users < row.belowUsers) ?? IDENTITY_TIERS[0];
  return { amount: tier.units, perMs: 10_000 };
}
