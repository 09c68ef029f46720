import { unconfirmed } from '../switches.js';

/** A service plan inside a licence (docs: entra/identity/users/licensing-service-plan-reference). */
interface ServicePlan {
  readonly servicePlanId: string;
  readonly servicePlanName: string;
  readonly service: 'exchange' | 'SharePoint' | 'ProcessSimple';
}

/** A licence that a tenant may own. */
export interface Sku {
  readonly skuId: string;
  readonly skuPartNumber: string;
  readonly plans: readonly ServicePlan[];
}

const plan = (servicePlanId: string, servicePlanName: string, service: ServicePlan['service']): ServicePlan => ({
  servicePlanId,
  servicePlanName,
  service,
});

export const OFFICE_E3: Sku = {
  skuId: '6fd2c87f-b296-42f0-b197-1e91e994b900',
  skuPartNumber: 'ENTERPRISEPACK',
  plans: [
    plan('efb87545-963c-4e0d-99df-69c6916d9eb0', 'EXCHANGE_S_ENTERPRISE', 'exchange'),
    plan('5dbe027f-2339-4123-9542-606e4d348a72', 'SHAREPOINTENTERPRISE', 'SharePoint'),
  ],
};

export const EXCHANGE_ONLY: Sku = {
  skuId: '4b9405b0-7788-4568-add1-99614e613b69',
  skuPartNumber: 'EXCHANGESTANDARD',
  plans: [plan('9aaf7827-d63c-4b61-89c3-182f06f82e5c', 'EXCHANGE_S_STANDARD', 'exchange')],
};

/** Free, in thousands of units in every tenant, and of no use for mail or files. */
export const FLOW_FREE: Sku = {
  skuId: 'f30db892-07e9-47e9-837c-80727f46fd3d',
  skuPartNumber: 'FLOW_FREE',
  plans: [plan('50e68c76-46c6-4674-81f9-75456511b170', 'FLOW_P2_VIRAL', 'ProcessSimple')],
};

export const SKUS: readonly Sku[] = [OFFICE_E3, EXCHANGE_ONLY, FLOW_FREE];

export const tierSkusSwitch = unconfirmed<'all' | 'with-sharepoint'>({
  name: 'sharepoint.tier-skus',
  choices: ['with-sharepoint', 'all'],
  because: 'The throttling page speaks of licences and does not say which SKUs count.',
});

/** Units of a SKU that a tenant with so many holders has bought. */
export function enabledUnits(sku: Sku, holders: number): number {
  return sku === FLOW_FREE ? 10_000 : Math.ceil((holders + 1) / 5) * 5;
}

/** Licences that decide SharePoint's tier. */
export function tierLicences(holders: (sku: Sku) => number, counted: 'all' | 'with-sharepoint'): number {
  return SKUS.filter((sku) => counted === 'all' || sku.plans.some(({ service }) => service === 'SharePoint'))
    .map((sku) => enabledUnits(sku, holders(sku)))
    .reduce((sum, units) => sum + units, 0);
}
