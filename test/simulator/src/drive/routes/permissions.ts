import { ApiError } from '../../core/api-error.js';
import type { Grant } from '../model/drive-node.js';
import { addressedItem, type DriveAction, type DriveCall, notFound, READ_FILES, WRITE_FILES } from './address.js';
import { bad, objectAt, textAt } from './item-body.js';
import { permissionJson, permissionsOf } from './permission-json.js';
import { stampOf } from './stamp.js';

/** Any permission operation costs five units (docs: SharePoint throttling page). */
const PERMISSION_UNITS = 5;
const LINK_TYPES: ReadonlySet<string> = new Set(['view', 'edit']);
const LINK_SCOPES: ReadonlySet<string> = new Set(['anonymous', 'organization', 'users']);

/** docs: graph/api/driveitem-list-permissions */
export const listPermissions: DriveAction = {
  method: 'GET',
  suffix: '/permissions',
  permissions: READ_FILES,
  options: ['$select'],
  cost: () => PERMISSION_UNITS,
  handle: async (call) => ({ status: 200, body: { value: permissionsOf(call, addressedItem(call)) } }),
};

/** Only an item's own grants can be taken away (docs: graph/api/permission-delete). */
export const deletePermission: DriveAction = {
  method: 'DELETE',
  suffix: '/permissions/{permission}',
  permissions: WRITE_FILES,
  cost: () => PERMISSION_UNITS,
  handle: async (call) => {
    const node = addressedItem(call);
    const rest = node.grants.filter(({ id }) => id !== call.request.params.permission);
    if (rest.length === node.grants.length) notFound();
    call.drive.setGrants(node, rest, stampOf(call));
    return { status: 204 };
  },
};

/** docs: graph/api/driveitem-invite */
export const invite: DriveAction = {
  method: 'POST',
  suffix: '/invite',
  permissions: WRITE_FILES,
  cost: () => PERMISSION_UNITS,
  handle: async (call) => {
    const body = await call.request.json();
    const node = addressedItem(call);
    const roles = listAt(body, 'roles').filter((role) => role === 'read' || role === 'write');
    const recipients = listAt(body, 'recipients');
    if (roles.length === 0 || recipients.length === 0)
      throw bad('An invitation needs recipients and the role read or write.');
    const granted = recipients.map((recipient) => grantTo(call, recipient, roles));
    call.drive.setGrants(node, [...node.grants, ...granted], stampOf(call));
    return { status: 200, body: { value: granted.map(permissionJson) } };
  },
};

/** The same link again is found, not made (docs: graph/api/driveitem-createlink). */
export const createLink: DriveAction = {
  method: 'POST',
  suffix: '/createLink',
  permissions: WRITE_FILES,
  cost: () => PERMISSION_UNITS,
  handle: async (call) => {
    const body = await call.request.json();
    const node = addressedItem(call);
    const type = textAt(body, 'type') ?? '';
    const scope = textAt(body, 'scope') ?? 'organization';
    if (!LINK_TYPES.has(type) || !LINK_SCOPES.has(scope))
      throw bad('A link is of type view or edit and of scope anonymous, organization or users.');
    const found = node.grants.find(({ link }) => link?.type === type && link.scope === scope);
    if (found) return { status: 200, body: permissionJson(found) };
    const id = call.world.issueId();
    const webUrl = `https://${call.world.tenant.prefix}-my.sharepoint.com/:u:/g/personal/${id}`;
    const made: Grant = { id, roles: [type === 'edit' ? 'write' : 'read'], link: { type, scope, webUrl } };
    call.drive.setGrants(node, [...node.grants, made], stampOf(call));
    return { status: 201, body: permissionJson(made) };
  },
};

function grantTo({ world, context }: DriveCall, recipient: unknown, roles: readonly unknown[]): Grant {
  const named = objectAt({ recipient }, 'recipient');
  const key = textAt(named, 'objectId') ?? textAt(named, 'email') ?? textAt(named, 'alias') ?? '';
  const user = context.tenant.findUser(key);
  if (!user) throw new ApiError(400, 'noResolvedUsers', 'None of the recipients could be resolved.');
  const person = { id: user.id, email: user.userPrincipalName, displayName: user.displayName };
  return { id: world.issueId(), roles: roles.map(String), person };
}

function listAt(body: Readonly<Record<string, unknown>>, name: string): readonly unknown[] {
  const value = body[name];
  return Array.isArray(value) ? value : [];
}
