import {
  apiKeyView,
  auditEntryView,
  auditVerification,
  callerView,
  createdApiKey,
  newProviderApiKey,
  newTenantApiKey,
  page,
  pageQuery,
  type ApiKeyView,
} from '@holdfast/contracts/api';
import { AppError, Clock } from '@holdfast/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { ApiKeys, type ApiKey } from '../../app/api-keys.port.js';
import { AuditTrail, type TrailOwner } from '../../app/audit-trail.port.js';
import { MakeApiKey } from '../../app/make-api-key.js';
import { Peers } from '../../app/peers.port.js';
import { VerifyAuditTrail } from '../../app/verify-audit-trail.js';
import type { KnownEntry } from '../../domain/audit-checkpoint.js';
import { Route, type Asked } from './route.js';
import { known, pageView } from './words.js';

const keyList = z.object({ rows: z.array(apiKeyView) });
const auditQuery = pageQuery(500);
type AuditQuery = z.output<typeof auditQuery>;

const verificationQuery = z.strictObject({
  checkpoint: z.string().max(400, 'has to be at most 400 characters').optional().describe('From an earlier check'),
  entry: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{64}$/, 'has to be NUMBER:HASH')
    .optional()
    .describe('Number and hash of an entry, as the log told them'),
});
type VerificationQuery = z.output<typeof verificationQuery>;

/** Keys to this API. */
@Controller()
export class ApiKeyRoutes {
  constructor(
    private readonly keys: ApiKeys,
    private readonly make: MakeApiKey,
    private readonly peers: Peers,
    private readonly clock: Clock,
  ) {}

  @Route({
    method: 'GET',
    path: 'caller',
    permission: 'tenants:list',
    summary: 'Show whose key this is and what it reaches',
    response: callerView,
  })
  async caller({ caller: { keyId, role, tenantIds } }: Asked) {
    return { keyId, role, ...(tenantIds && { tenantIds: [...tenantIds] }) };
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/api-keys',
    permission: 'api-keys:read',
    summary: "List a tenant's API keys",
    response: keyList,
  })
  async list({ params }: Asked<'tenantId'>): Promise<{ rows: ApiKeyView[] }> {
    return { rows: (await this.keys.list(params.tenantId)).map(keyViewOf) };
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/api-keys',
    permission: 'api-keys:change',
    summary: 'Make an API key for one tenant; the key is in this answer and in no other',
    body: newTenantApiKey,
    response: createdApiKey,
    status: 201,
    audit: { action: 'api-key.create', is: 'change' },
  })
  async create({ params, body, caller }: Asked<'tenantId', undefined, z.output<typeof newTenantApiKey>>) {
    await this.peers.tenants.getTenant(params);
    const made = await this.make.run(params.tenantId, caller, { ...body, tenantIds: [params.tenantId] });
    return { apiKey: keyViewOf(made.apiKey), token: made.token };
  }

  @Route({
    method: 'DELETE',
    path: 'tenants/:tenantId/api-keys/:keyId',
    permission: 'api-keys:change',
    summary: 'Revoke an API key of a tenant, at once',
    audit: { action: 'api-key.revoke', is: 'change' },
  })
  async revoke({ params }: Asked<'tenantId' | 'keyId'>): Promise<void> {
    await this.keys.revoke(params.tenantId, params.keyId, this.clock.now());
  }

  @Route({
    method: 'GET',
    path: 'api-keys',
    permission: 'provider:read-api-keys',
    summary: "List the provider's API keys",
    response: keyList,
  })
  async listProviders(): Promise<{ rows: ApiKeyView[] }> {
    return { rows: (await this.keys.list('provider')).map(keyViewOf) };
  }

  @Route({
    method: 'POST',
    path: 'api-keys',
    permission: 'provider:change-api-keys',
    summary: 'Make an API key of the provider, for all tenants or chosen ones',
    body: newProviderApiKey,
    response: createdApiKey,
    status: 201,
    audit: { action: 'api-key.create', is: 'change' },
  })
  async createProviders({ body, caller }: Asked<never, undefined, z.output<typeof newProviderApiKey>>) {
    const made = await this.make.run('provider', caller, body);
    return { apiKey: keyViewOf(made.apiKey), token: made.token };
  }

  @Route({
    method: 'DELETE',
    path: 'api-keys/:keyId',
    permission: 'provider:change-api-keys',
    summary: 'Revoke an API key of the provider, at once',
    audit: { action: 'api-key.revoke', is: 'change' },
  })
  async revokeProviders({ params }: Asked<'keyId'>): Promise<void> {
    await this.keys.revoke('provider', params.keyId, this.clock.now());
  }
}

/** Who did what. */
@Controller()
export class AuditRoutes {
  constructor(
    private readonly trail: AuditTrail,
    private readonly verifyTrail: VerifyAuditTrail,
  ) {}

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/audit',
    permission: 'audit:read',
    summary: "List a tenant's audit trail, newest first",
    query: auditQuery,
    response: page(auditEntryView),
  })
  async list({ params, query }: Asked<'tenantId', AuditQuery>) {
    return this.#page(params.tenantId, query);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/audit/verification',
    permission: 'audit:read',
    summary: "Check that a tenant's audit trail is what was written; with a checkpoint, its end too",
    query: verificationQuery,
    response: auditVerification,
  })
  async verify({ params, query }: Asked<'tenantId', VerificationQuery>) {
    return this.#verify(params.tenantId, query);
  }

  @Route({
    method: 'GET',
    path: 'audit',
    permission: 'provider:read-audit',
    summary: "List the provider's own audit trail, newest first",
    query: auditQuery,
    response: page(auditEntryView),
  })
  async listProviders({ query }: Asked<never, AuditQuery>) {
    return this.#page('provider', query);
  }

  @Route({
    method: 'GET',
    path: 'audit/verification',
    permission: 'provider:read-audit',
    summary: "Check that the provider's audit trail is what was written; with a checkpoint, its end too",
    query: verificationQuery,
    response: auditVerification,
  })
  async verifyProviders({ query }: Asked<never, VerificationQuery>) {
    return this.#verify('provider', query);
  }

  async #page(owner: TrailOwner, { pageSize = 50, pageToken }: AuditQuery) {
    const entries = await this.trail.list(
      owner,
      pageSize + 1,
      pageToken === undefined ? undefined : numberIn(pageToken),
    );
    const shown = entries.slice(0, pageSize);
    const last = shown.at(-1);
    const next = entries.length > pageSize && last ? String(last.number) : '';
    return pageView(
      shown.map(({ tenantId: _, errorCode, ...entry }) => ({
        ...entry,
        target: { ...entry.target },
        errorCode: known(errorCode),
      })),
      next,
    );
  }

  async #verify(owner: TrailOwner, { checkpoint, entry }: VerificationQuery) {
    const known = checkpoint === undefined ? entryIn(entry) : this.verifyTrail.read(owner, checkpoint);
    const { fault, ...found } = await this.verifyTrail.run(owner, known);
    return { ok: !fault, ...found, ...(fault && { firstBroken: fault.number, fault: fault.kind }) };
  }
}

function entryIn(text: string | undefined): KnownEntry | undefined {
  const [number, hash] = text?.split(':') ?? [];
  return hash === undefined ? undefined : { number: Number(number), hash };
}

function numberIn(pageToken: string): number {
  if (/^\d{1,15}$/.test(pageToken)) return Number(pageToken);
  const rule = 'has to be one that the previous page gave';
  throw new AppError('INVALID_ARGUMENT', `pageToken ${rule}. Start without it.`, {
    context: { field: 'pageToken', rule },
  });
}

function keyViewOf({ tenantIds, ...key }: ApiKey): ApiKeyView {
  return { ...key, ...(tenantIds && { tenantIds: [...tenantIds] }) };
}
