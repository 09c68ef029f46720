import { ApiError } from '../api-error.js';
import { requireMailboxUser } from '../find-user.js';
import { project } from '../odata.js';
import type { RequestContext, Route, SimResponse } from '../route.js';
import { isoSeconds } from '../sim-clock.js';
import { unconfirmed } from '../switches.js';
import { enabledUnits, SKUS } from './skus.js';
import { directoryOf } from './tenant-directory.js';

export const purposeFormSwitch = unconfirmed<'plain' | 'wrapped'>({
  name: 'mailbox.user-purpose-form',
  choices: ['plain', 'wrapped'],
  because: 'Inside mailboxSettings the sample shows {"value":"user"}, the CSDL a plain enum.',
});

async function organization(context: RequestContext): Promise<SimResponse> {
  const { tenant, request } = context;
  const entity = {
    id: tenant.id,
    displayName: tenant.displayName,
    countryLetterCode: 'DE',
    createdDateTime: isoSeconds(tenant.createdAt),
    preferredLanguage: 'en',
    tenantType: 'AAD',
    verifiedDomains: [
      {
        capabilities: 'Email, OfficeCommunicationsOnline',
        isDefault: true,
        isInitial: true,
        name: tenant.domain,
        type: 'Managed',
      },
    ],
    assignedPlans: SKUS.flatMap(({ plans }) => plans).map(({ servicePlanId, service }) => ({
      assignedDateTime: isoSeconds(tenant.createdAt),
      capabilityStatus: 'Enabled',
      service,
      servicePlanId,
    })),
  };
  const value = [project(entity, request.query.select)];
  return { status: 200, body: { '@odata.context': context.graphUrl('/$metadata#organization'), value } };
}

async function subscribedSkus(context: RequestContext): Promise<SimResponse> {
  const tenant = directoryOf(context.tenant);
  const value = SKUS.map((sku) => ({
    id: `${tenant.id}_${sku.skuId}`,
    accountName: tenant.prefix,
    skuId: sku.skuId,
    skuPartNumber: sku.skuPartNumber,
    capabilityStatus: 'Enabled',
    appliesTo: 'User',
    consumedUnits: tenant.holders(sku),
    prepaidUnits: { enabled: enabledUnits(sku, tenant.holders(sku)), suspended: 0, warning: 0, lockedOut: 0 },
    servicePlans: sku.plans.map(({ servicePlanId, servicePlanName }) => ({
      servicePlanId,
      servicePlanName,
      provisioningStatus: 'Success',
      appliesTo: 'User',
    })),
  })).map((sku) => project(sku, context.request.query.select));
  return { status: 200, body: { '@odata.context': context.graphUrl('/$metadata#subscribedSkus'), value } };
}

async function mailboxSettings(context: RequestContext): Promise<SimResponse> {
  const { tenant, request } = context;
  const user = requireMailboxUser(tenant, request.params['user'] ?? '');
  const isWrapped = tenant.switches.get(purposeFormSwitch) === 'wrapped';
  const settings = {
    archiveFolder: null,
    timeZone: 'W. Europe Standard Time',
    delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
    dateFormat: 'yyyy-MM-dd',
    timeFormat: 'HH:mm',
    automaticRepliesSetting: {
      status: 'disabled',
      externalAudience: 'all',
      internalReplyMessage: '',
      externalReplyMessage: '',
    },
    language: { locale: 'en-US', displayName: 'English (United States)' },
    userPurpose: isWrapped ? { value: user.purpose } : user.purpose,
  };
  const path = `/$metadata#users('${user.id}')/mailboxSettings`;
  return {
    status: 200,
    body: { '@odata.context': context.graphUrl(path), ...project(settings, request.query.select) },
  };
}

async function userPurpose(context: RequestContext): Promise<SimResponse> {
  const user = requireMailboxUser(context.tenant, context.request.params['user'] ?? '');
  const path = `/$metadata#users('${user.id}')/mailboxSettings/userPurpose`;
  return { status: 200, body: { '@odata.context': context.graphUrl(path), value: user.purpose } };
}

async function refuseMe(): Promise<SimResponse> {
  throw new ApiError(400, 'Request_BadRequest', '/me request is only valid with delegated authentication flow.');
}

const READ_ORGANIZATION = ['Organization.Read.All', 'Directory.Read.All', 'Organization.ReadWrite.All'];
const READ_SETTINGS = ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'];

/** Organisation, licences and mailbox settings (docs: graph/api/organization-get, subscribedsku-list, user-get-mailboxsettings). */
export const tenantRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/organization',
    permissions: READ_ORGANIZATION,
    bucket: 'identity',
    options: ['$select'],
    handle: organization,
  },
  {
    method: 'GET',
    pattern: '/subscribedSkus',
    permissions: ['LicenseAssignment.Read.All', ...READ_ORGANIZATION],
    bucket: 'identity',
    options: ['$select'],
    cost: ({ query }) => (query.select ? 2 : 3),
    handle: subscribedSkus,
  },
  {
    method: 'GET',
    pattern: '/users/{user}/mailboxSettings',
    permissions: READ_SETTINGS,
    bucket: 'outlook',
    options: ['$select'],
    handle: mailboxSettings,
  },
  {
    method: 'GET',
    pattern: '/users/{user}/mailboxSettings/userPurpose',
    permissions: READ_SETTINGS,
    bucket: 'outlook',
    handle: userPurpose,
  },
  { method: 'GET', pattern: '/me', permissions: ['User.Read.All'], bucket: 'identity', handle: refuseMe },
];
