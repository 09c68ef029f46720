import { z } from 'zod';
import { ApiError } from '../api-error.js';
import { makeUser } from '../directory/populate.js';
import { requireUser } from '../find-user.js';
import type { SimUser } from '../tenant.js';
import type { World } from '../world.js';
import { ok, parseBody, tenantOf, type ControlCall, type ControlRoute } from './control-route.js';
import { ALL_ROLES, registerApp, tenantInfo, type TenantInfo } from './tenant-info.js';

const count = (most: number): z.ZodNumber => z.number().int().min(0).max(most);

const tenantPlan = z.strictObject({
  users: count(100_000).default(5),
  messages: count(10_000_000).default(40),
  files: count(10_000_000).default(20),
  messageKib: count(10_000).optional(),
  isPlain: z.boolean().default(false),
  fileKib: count(1_000_000).optional(),
  displayName: z.string().min(1).exactOptional(),
  seed: count(Number.MAX_SAFE_INTEGER).exactOptional(),
  roles: z.array(z.string()).default([...ALL_ROLES]),
});

const appPlan = z.strictObject({
  /** An app of another tenant; absent = a new one. */
  clientId: z.uuid().exactOptional(),
  roles: z.array(z.string()).default([...ALL_ROLES]),
});

const appChange = z.strictObject({
  roles: z.array(z.string()).exactOptional(),
  isDisabled: z.boolean().exactOptional(),
  secret: z.strictObject({ value: z.string().min(1), expiresAt: z.number().exactOptional() }).optional(),
  certificate: z.string().exactOptional(),
});

const userChange = z.strictObject({
  displayName: z.string().exactOptional(),
  accountEnabled: z.boolean().exactOptional(),
  hasMailbox: z.boolean().exactOptional(),
  hasDrive: z.boolean().exactOptional(),
  skuIds: z.array(z.uuid()).exactOptional(),
});

/** Makes a tenant with an app that holds a secret and a certificate. */
export async function createTenant(world: World, body: unknown): Promise<TenantInfo> {
  const { roles, ...plan } = parseBody(tenantPlan, body);
  const certificate = await world.appCertificate();
  const tenant = world.createTenant(plan);
  return tenantInfo(tenant, registerApp(world, tenant, roles, certificate));
}

function userLine(user: SimUser): object {
  return { ...user };
}

function appOf({ world, params }: ControlCall) {
  const app = world.findApp(params['app'] ?? '');
  if (!app) throw new ApiError(404, 'AppNotFound', `There is no app ${params['app'] ?? ''}.`);
  return app;
}

async function addApp(call: ControlCall) {
  const tenant = tenantOf(call);
  const { clientId, roles } = parseBody(appPlan, call.body);
  if (clientId === undefined) return ok(registerApp(call.world, tenant, roles, await call.world.appCertificate()));
  appOf({ ...call, params: { app: clientId } }).grant(tenant.id, roles);
  return ok({ clientId, roles });
}

async function changeApp(call: ControlCall) {
  const tenant = tenantOf(call);
  const app = appOf(call);
  const { roles, isDisabled, secret, certificate } = parseBody(appChange, call.body);
  if (roles) app.grant(tenant.id, roles);
  if (isDisabled !== undefined) app.isDisabled = isDisabled;
  if (secret) app.addSecret(secret);
  if (certificate !== undefined) app.addCertificate(certificate);
  return ok({ clientId: app.clientId, roles: [...(app.rolesIn(tenant.id) ?? [])], isDisabled: app.isDisabled });
}

const revocation = z.strictObject({
  tokens: z.boolean().default(false),
  consent: z.boolean().default(false),
  clientId: z.uuid().exactOptional(),
});

/** Consent withdrawn: new tokens bear no roles. Tokens revoked: those already issued answer 401. */
async function revoke(call: ControlCall) {
  const tenant = tenantOf(call);
  const { tokens, consent, clientId } = parseBody(revocation, call.body);
  const apps = [...call.world.apps.values()].filter((app) => clientId === undefined || app.clientId === clientId);
  if (consent) for (const app of apps) if (app.rolesIn(tenant.id)) app.grant(tenant.id, []);
  return ok({ tokensRevoked: tokens ? call.world.tokens.revoke(tenant.id, clientId) : 0, consentRevoked: consent });
}

/** Tenants, their apps and their users. */
export const tenantControl: readonly ControlRoute[] = [
  {
    method: 'GET',
    pattern: '/tenants',
    handle: async ({ world }) =>
      ok({
        tenants: [...world.tenants.values()].map(({ id, domain, displayName, users }) => ({
          tenantId: id,
          domain,
          displayName,
          users: users.size,
        })),
      }),
  },
  { method: 'POST', pattern: '/tenants', handle: async ({ world, body }) => ok(await createTenant(world, body)) },
  {
    method: 'DELETE',
    pattern: '/tenants/{tenant}',
    handle: async (call) => ok({ removed: call.world.removeTenant(tenantOf(call).id) }),
  },
  {
    method: 'GET',
    pattern: '/tenants/{tenant}',
    handle: async (call) => {
      const { id, domain, displayName, users, switches } = tenantOf(call);
      return ok({
        tenantId: id,
        domain,
        displayName,
        users: [...users.values()].map(userLine),
        switches: switches.all(),
      });
    },
  },
  { method: 'POST', pattern: '/tenants/{tenant}/apps', handle: addApp },
  { method: 'PATCH', pattern: '/tenants/{tenant}/apps/{app}', handle: changeApp },
  {
    method: 'DELETE',
    pattern: '/tenants/{tenant}/apps/{app}',
    handle: async (call) => {
      appOf(call).removeFrom(tenantOf(call).id);
      return ok({});
    },
  },
  { method: 'POST', pattern: '/tenants/{tenant}/revoke', handle: revoke },
  {
    method: 'POST',
    pattern: '/tenants/{tenant}/users',
    handle: async (call) => {
      const tenant = tenantOf(call);
      const user = makeUser(tenant, 1000 + tenant.sequence);
      Object.assign(user, parseBody(userChange, call.body));
      call.world.addUser(tenant, user);
      return ok(userLine(user));
    },
  },
  {
    method: 'PATCH',
    pattern: '/tenants/{tenant}/users/{user}',
    handle: async (call) => {
      const tenant = tenantOf(call);
      const user = requireUser(tenant, call.params['user'] ?? '');
      tenant.updateUser(user.id, parseBody(userChange, call.body));
      return ok(userLine(user));
    },
  },
  {
    method: 'DELETE',
    pattern: '/tenants/{tenant}/users/{user}',
    handle: async (call) => {
      const tenant = tenantOf(call);
      const user = requireUser(tenant, call.params['user'] ?? '');
      return ok({ removed: call.world.removeUser(tenant, user.id, 'changed') });
    },
  },
];
