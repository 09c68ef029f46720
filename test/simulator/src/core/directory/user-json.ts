import type { User } from '@microsoft/microsoft-graph-types';
import { isoSeconds } from '../sim-clock.js';
import type { SimUser } from '../tenant.js';
import type { TenantDirectory } from './tenant-directory.js';

/** What a user holds without `$select` (docs: graph/api/user-get, "default set of properties"). */
export const DEFAULT_USER_PROPERTIES = [
  'businessPhones',
  'displayName',
  'givenName',
  'id',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
] as const;

/** Properties that the simulated directory knows; any other is refused. */
export const USER_PROPERTIES: ReadonlySet<string> = new Set([
  ...DEFAULT_USER_PROPERTIES,
  'accountEnabled',
  'assignedLicenses',
  'assignedPlans',
  'createdDateTime',
  'mailNickname',
  'onPremisesSyncEnabled',
  'proxyAddresses',
  'userType',
]);

/** A user as Graph's JSON, all properties of {@link USER_PROPERTIES}. */
export function userJson(tenant: TenantDirectory, user: SimUser): User {
  const skus = tenant.skusOf(user);
  const [givenName = null, ...family] = user.displayName.split(' ');
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName,
    id: user.id,
    jobTitle: null,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: family.join(' ') || null,
    userPrincipalName: user.userPrincipalName,
    accountEnabled: user.accountEnabled,
    assignedLicenses: skus.map(({ skuId }) => ({ skuId, disabledPlans: [] })),
    assignedPlans: skus.flatMap(({ plans }) =>
      plans.map(({ servicePlanId, service }) => ({
        assignedDateTime: isoSeconds(user.createdAt),
        capabilityStatus: 'Enabled',
        service,
        servicePlanId,
      })),
    ),
    createdDateTime: isoSeconds(user.createdAt),
    mailNickname: user.userPrincipalName.split('@')[0] ?? null,
    onPremisesSyncEnabled: user.onPremisesSyncEnabled,
    proxyAddresses: user.mail === null ? [] : [`SMTP:${user.mail}`],
    userType: user.userType,
  };
}
