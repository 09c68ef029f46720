import type { SimUser } from '../tenant.js';
import { personName } from './names.js';
import { EXCHANGE_ONLY, FLOW_FREE, OFFICE_E3 } from './skus.js';
import type { TenantDirectory } from './tenant-directory.js';

type Kind =
  'person' | 'shared' | 'room' | 'equipment' | 'guest' | 'unlicensed' | 'disabled' | 'no-drive' | 'no-mailbox';

/** Position in every twenty-five users → kind; the others are ordinary people, so a small tenant has only those. */
const KINDS: Readonly<Record<number, Kind>> = {
  7: 'shared',
  9: 'room',
  11: 'equipment',
  13: 'guest',
  15: 'unlicensed',
  17: 'disabled',
  19: 'no-drive',
  21: 'no-mailbox',
  23: 'shared',
};

const RESOURCE_NAMES: Partial<Record<Kind, string>> = { shared: 'Info', room: 'Boardroom', equipment: 'Projector' };

const TRAITS: Readonly<
  Record<Kind, Pick<SimUser, 'purpose' | 'skuIds' | 'hasMailbox' | 'hasDrive' | 'accountEnabled' | 'userType'>>
> = {
  person: trait({}),
  shared: trait({ purpose: 'shared', skuIds: [], hasDrive: false, accountEnabled: false }),
  room: trait({ purpose: 'room', skuIds: [], hasDrive: false, accountEnabled: false }),
  equipment: trait({ purpose: 'equipment', skuIds: [], hasDrive: false, accountEnabled: false }),
  guest: trait({ skuIds: [], hasMailbox: false, hasDrive: false, userType: 'Guest' }),
  unlicensed: trait({ skuIds: [], hasMailbox: false, hasDrive: false }),
  disabled: trait({ accountEnabled: false }),
  'no-drive': trait({ skuIds: [EXCHANGE_ONLY.skuId], hasDrive: false }),
  'no-mailbox': trait({ skuIds: [FLOW_FREE.skuId], hasMailbox: false }),
};

function trait(differs: Partial<(typeof TRAITS)[Kind]>): (typeof TRAITS)[Kind] {
  return {
    purpose: 'user',
    skuIds: [OFFICE_E3.skuId],
    hasMailbox: true,
    hasDrive: true,
    accountEnabled: true,
    userType: 'Member',
    ...differs,
  };
}

/** The `index`th user of a tenant, drawn from its seed; not yet added. */
export function makeUser(tenant: TenantDirectory, index: number): SimUser {
  const rng = tenant.rng.derive('user', index);
  const kind = KINDS[index % 25] ?? 'person';
  const name = personName(rng, index);
  const resource = RESOURCE_NAMES[kind];
  const alias = resource === undefined ? name.alias : `${resource.toLowerCase()}${index}`;
  const address = `${alias}@${tenant.domain}`;
  const isGuest = kind === 'guest';
  return {
    id: rng.uuid(),
    // A guest's name carries its home address (docs: entra/external-id/user-properties).
    userPrincipalName: isGuest ? `${alias}_fabrikam.example#EXT#@${tenant.domain}` : address,
    displayName: resource === undefined ? name.displayName : `${resource} ${index}`,
    mail: isGuest ? `${alias}@fabrikam.example` : TRAITS[kind].hasMailbox ? address : null,
    onPremisesSyncEnabled: rng.chance(0.2) && !isGuest ? true : null,
    createdAt: tenant.createdAt - rng.int(30, 2000) * 86_400_000,
    ...TRAITS[kind],
  };
}
