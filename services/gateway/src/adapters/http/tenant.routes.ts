import {
  accountQuery,
  accountView,
  checkReport,
  newTenant,
  page,
  tenantChange,
  tenantView,
  type CheckReport,
  type TenantView,
} from '@holdfast/contracts/api';
import type { Credential, Tenant } from '@holdfast/contracts/auth/v1';
import { Clock, isAppError, type TenantId } from '@holdfast/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { ApiKeys } from '../../app/api-keys.port.js';
import { Peers } from '../../app/peers.port.js';
import { Route, type Asked } from './route.js';
import { credentialKindOf, known, pageView, wirePage } from './words.js';

/** A test signs in and probes each workload. */
const TEST_DEADLINE_MS = 120_000;

/** Customers' Microsoft 365 tenants. */
@Controller()
export class TenantRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly keys: ApiKeys,
    private readonly clock: Clock,
  ) {}

  @Route({
    method: 'GET',
    path: 'tenants',
    permission: 'tenants:list',
    summary: 'List the tenants that the key reaches',
    response: z.object({ rows: z.array(tenantView) }),
  })
  async list({ caller }: Asked): Promise<{ rows: TenantView[] }> {
    // No ids would mean all tenants, and a key that reaches none has none.
    if (caller.tenantIds?.size === 0) return { rows: [] };
    const { tenants } = await this.peers.tenants.listTenants({ tenantIds: [...(caller.tenantIds ?? [])] });
    return { rows: tenants.map(tenantViewOf) };
  }

  @Route({
    method: 'POST',
    path: 'tenants',
    permission: 'provider:create-tenants',
    summary: 'Register a tenant with a secret or a certificate',
    body: newTenant,
    response: tenantView,
    status: 201,
    audit: { action: 'tenant.create', is: 'change' },
  })
  async create({ body }: Asked<never, undefined, z.output<typeof newTenant>>): Promise<TenantView> {
    return tenantViewOf(
      await this.peers.tenants.createTenant({
        ...body,
        tenantId: body.tenantId ?? '',
        credential: wireCredential(body.credential),
      }),
    );
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId',
    permission: 'tenant:read',
    summary: 'Show a tenant',
    response: tenantView,
  })
  async get({ params }: Asked<'tenantId'>): Promise<TenantView> {
    return tenantViewOf(await this.peers.tenants.getTenant(params));
  }

  @Route({
    method: 'PATCH',
    path: 'tenants/:tenantId',
    permission: 'tenant:change',
    summary: 'Change the name or the credential of a tenant',
    body: tenantChange,
    response: tenantView,
    audit: { action: 'tenant.change', is: 'change' },
  })
  async change({ params, body }: Asked<'tenantId', undefined, z.output<typeof tenantChange>>): Promise<TenantView> {
    const { displayName = '', credential } = body;
    return tenantViewOf(
      await this.peers.tenants.updateTenant({
        ...params,
        displayName,
        credential: credential && wireCredential(credential),
      }),
    );
  }

  @Route({
    method: 'DELETE',
    path: 'tenants/:tenantId',
    permission: 'tenant:delete',
    summary:
      'Remove a tenant and its secrets, and revoke its API keys; refused while it has vaults, which stay when their backup sets are deleted',
    audit: { action: 'tenant.delete', is: 'change' },
  })
  async delete({ params }: Asked<'tenantId'>): Promise<void> {
    try {
      await this.peers.tenants.deleteTenant(params);
    } catch (error) {
      // Deleted before, by a request whose answer was lost: its keys may live.
      if (isAppError(error, 'NOT_FOUND')) await this.#revokeKeys(params.tenantId);
      throw error;
    }
    await this.#revokeKeys(params.tenantId);
  }

  async #revokeKeys(tenant: TenantId): Promise<void> {
    await this.keys.revokeAll(tenant, this.clock.now());
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/test',
    permission: 'tenant:change',
    summary: 'Sign in and probe each workload; each missing permission is named',
    response: checkReport,
    audit: { action: 'tenant.test', is: 'change' },
  })
  async test({ params }: Asked<'tenantId'>): Promise<CheckReport> {
    return this.peers.tenants.testTenant(params, { deadlineMs: TEST_DEADLINE_MS });
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/accounts',
    permission: 'accounts:read',
    summary: 'List the accounts that can be protected',
    query: accountQuery,
    response: page(accountView),
  })
  async accounts({ params, query }: Asked<'tenantId', z.output<typeof accountQuery>>) {
    const startsWith = query.startsWith ?? '';
    const request = { ...params, ...wirePage(query), startsWith };
    const { accounts, nextPageToken } = await this.peers.directory.listAccounts(request);
    return pageView(accounts, nextPageToken);
  }
}

function tenantViewOf(tenant: Tenant): TenantView {
  return {
    tenantId: tenant.tenantId,
    displayName: tenant.displayName,
    directoryId: tenant.directoryId,
    clientId: tenant.clientId,
    cloud: tenant.cloud,
    credentialKind: credentialKindOf(tenant.credentialKind),
    createdAtMs: tenant.createdAtMs,
    credentialExpiresAtMs: known(tenant.credentialExpiresAtMs),
  };
}

function wireCredential(given: z.output<typeof newTenant>['credential']): Credential {
  const none = { clientSecret: '', certificatePrivateKey: '', certificate: '' };
  return given.kind === 'secret'
    ? { ...none, clientSecret: given.clientSecret }
    : { ...none, certificatePrivateKey: given.privateKey, certificate: given.certificate };
}
