import { parseTenantId, type TenantId } from '@holdfast/kernel';

/** What is the provider's own has this in place of a tenant. No tenant gets this id: it is not random. */
const PROVIDER = parseTenantId('00000000-0000-0000-0000-000000000000');

/** The tenant that an owner's rows and audit entries name. */
export function tenantOf(owner: TenantId | 'provider'): TenantId {
  return owner === 'provider' ? PROVIDER : owner;
}
