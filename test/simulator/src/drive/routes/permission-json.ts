import type { Permission } from '@microsoft/microsoft-graph-types';
import type { DriveNode, Grant } from '../model/drive-node.js';
import type { DriveCall } from './address.js';
import { driveReference } from './item-json.js';
import { isoSeconds } from '../../core/sim-clock.js';

/** Who may do what with an item: its own grants, what it inherits, and its owner (docs: graph/resources/permission). */
export function permissionsOf({ drive, world }: DriveCall, node: DriveNode): Permission[] {
  const { id, userPrincipalName: email, displayName } = world.userOf(drive);
  const owner: Permission = { id: 'owner', roles: ['owner'], grantedToV2: { user: { id, displayName, ...{ email } } } };
  const own = node.grants.map((grant) => permissionJson(grant));
  const inherited: Permission[] = [];
  for (let at = node.parent; at; at = at.parent) {
    const inheritedFrom = { ...driveReference(drive), id: at.id };
    inherited.push(...at.grants.map((grant) => ({ ...permissionJson(grant), inheritedFrom })));
  }
  return [...own, ...inherited, owner];
}

export function permissionJson(grant: Grant): Permission {
  const { id, roles, person, link, expiresAt } = grant;
  return {
    id,
    roles: [...roles],
    ...(person
      ? { grantedToV2: { user: { id: person.id, displayName: person.displayName, ...{ email: person.email } } } }
      : {}),
    ...(link ? { link } : {}),
    ...(expiresAt === undefined ? {} : { expirationDateTime: isoSeconds(expiresAt) }),
  };
}
