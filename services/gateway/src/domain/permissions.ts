/** Who a key belongs to, and what for. */
export type Role = 'provider-operator' | 'provider-auditor' | 'customer-admin' | 'customer-restore-operator';

const OPERATOR = ['provider-operator'] as const;
const PROVIDER = ['provider-operator', 'provider-auditor'] as const;
const ADMINS = ['provider-operator', 'customer-admin'] as const;
const RESTORERS = ['provider-operator', 'customer-admin', 'customer-restore-operator'] as const;
const WATCHERS = ['provider-operator', 'provider-auditor', 'customer-admin'] as const;
const EVERYBODY = ['provider-operator', 'provider-auditor', 'customer-admin', 'customer-restore-operator'] as const;

/** Every permission that a route can ask for, and the roles that have it. Nothing else decides who may do what. */
export const PERMISSIONS = {
  'tenants:list': EVERYBODY,
  'tenant:read': EVERYBODY,
  'tenant:change': ADMINS,
  'tenant:delete': OPERATOR,
  'accounts:read': EVERYBODY,
  'destinations:read': WATCHERS,
  'destinations:change': ADMINS,
  /** A folder of the provider's own machines is not a customer's to name. */
  'local-destinations:change': OPERATOR,
  'backup-sets:read': EVERYBODY,
  'backup-sets:change': ADMINS,
  'legal-holds:read': WATCHERS,
  'legal-holds:change': ADMINS,
  'deletions:read': WATCHERS,
  'deletions:request': ADMINS,
  'deletions:approve': ADMINS,
  'jobs:read': EVERYBODY,
  'jobs:run': ADMINS,
  'jobs:stop': RESTORERS,
  'snapshots:read': EVERYBODY,
  'content:read': RESTORERS,
  'restore:plan': RESTORERS,
  'restore:perform': RESTORERS,
  'content:export': RESTORERS,
  'api-keys:read': WATCHERS,
  'api-keys:change': ADMINS,
  'audit:read': WATCHERS,
  'provider:create-tenants': OPERATOR,
  'provider:read-api-keys': PROVIDER,
  'provider:change-api-keys': OPERATOR,
  'provider:read-audit': PROVIDER,
  'provider:rewrap-secrets': OPERATOR,
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof PERMISSIONS;

/** Whoever calls: the key and what it reaches. */
export interface Caller {
  readonly keyId: string;
  readonly role: Role;
  /** Absent: all tenants. */
  readonly tenantIds?: ReadonlySet<string>;
}

/** Whether the caller's role has the permission; what concerns the provider as a whole needs a key for all tenants too. */
export function isAllowed(caller: Caller, permission: Permission): boolean {
  const roles: readonly Role[] = PERMISSIONS[permission];
  return roles.includes(caller.role) && (!permission.startsWith('provider:') || caller.tenantIds === undefined);
}

/** Whether the caller may know that the tenant exists. */
export function reaches(caller: Caller, tenantId: string): boolean {
  return caller.tenantIds === undefined || caller.tenantIds.has(tenantId);
}
