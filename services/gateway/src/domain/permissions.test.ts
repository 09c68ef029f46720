import { describe, expect, it } from '@jest/globals';
import { isAllowed, PERMISSIONS, reaches, type Caller, type Permission } from './permissions.js';

const all = Object.keys(PERMISSIONS) as Permission[];
const ours = 'aaaaaaaa-0000-4000-8000-000000000000';
const theirs = 'bbbbbbbb-0000-4000-8000-000000000000';
const key = (role: Caller['role'], tenantIds?: string[]): Caller => ({
  keyId: 'k',
  role,
  ...(tenantIds && { tenantIds: new Set(tenantIds) }),
});

describe('permissions', () => {
  it('lets an operator for all tenants do everything', () => {
    expect(all.filter((permission) => !isAllowed(key('provider-operator'), permission))).toEqual([]);
  });

  it('keeps what concerns the provider as a whole from keys for chosen tenants', () => {
    const refused = all.filter((permission) => !isAllowed(key('provider-operator', [ours]), permission));
    expect(refused.every((permission) => permission.startsWith('provider:'))).toBe(true);
    expect(refused).not.toEqual([]);
  });

  it('lets an auditor change nothing and see no content', () => {
    const allowed = all.filter((permission) => isAllowed(key('provider-auditor'), permission));
    expect(allowed.filter((permission) => !/:(read|list)|:read-/.test(permission))).toEqual([]);
    expect(allowed).not.toContain('content:read');
  });

  it.each(['customer-admin', 'customer-restore-operator'] as const)(
    'keeps the provider to itself from a %s',
    (role) => {
      const allowed = all.filter((permission) => isAllowed(key(role, [ours]), permission));
      expect(allowed.filter((permission) => permission.startsWith('provider:'))).toEqual([]);
      expect(allowed).not.toContain('local-destinations:change');
      expect(allowed).not.toContain('tenant:delete');
    },
  );

  it('reaches the named tenants only, or all', () => {
    expect(reaches(key('customer-admin', [ours]), ours)).toBe(true);
    expect(reaches(key('customer-admin', [ours]), theirs)).toBe(false);
    expect(reaches(key('provider-auditor'), theirs)).toBe(true);
  });
});
