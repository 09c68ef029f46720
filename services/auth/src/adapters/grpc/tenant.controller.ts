import {
  CredentialKind,
  TenantServiceControllerMethods,
  type CreateTenantRequest,
  type Credential,
  type DeleteTenantResponse,
  type ListTenantsRequest,
  type ListTenantsResponse,
  type Tenant as WireTenant,
  type TenantRequest,
  type TenantServiceController,
  type TestTenantResponse,
  type UpdateTenantRequest,
} from '@holdfast/contracts/auth/v1';
import type { AppCredential } from '@holdfast/graph';
import { AppError, parseTenantId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { RegisterTenant } from '../../app/register-tenant.js';
import { Tenants, type Tenant } from '../../app/tenants.port.js';
import { TestTenant } from '../../app/test-tenant.js';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

@Controller()
@TenantServiceControllerMethods()
@CalledBy('gateway')
export class TenantController implements TenantServiceController {
  constructor(
    private readonly tenants: Tenants,
    private readonly register: RegisterTenant,
    private readonly test: TestTenant,
  ) {}

  async createTenant(request: CreateTenantRequest): Promise<WireTenant> {
    const credential = credentialFrom(request.credential);
    if (!credential) throw invalid('credential', 'a client secret, or a certificate with its private key');
    const tenant = await this.register.run({
      displayName: nameFrom(request.displayName),
      directoryId: guid('directoryId', request.directoryId),
      clientId: guid('clientId', request.clientId),
      cloud: request.cloud || 'global',
      credential,
      ...(request.tenantId !== '' && { tenantId: parseTenantId(request.tenantId) }),
    });
    return wireTenant(tenant);
  }

  async updateTenant(request: UpdateTenantRequest): Promise<WireTenant> {
    const name = request.displayName && nameFrom(request.displayName);
    return wireTenant(
      await this.register.change(parseTenantId(request.tenantId), name, credentialFrom(request.credential)),
    );
  }

  async getTenant(request: TenantRequest): Promise<WireTenant> {
    return wireTenant(await this.tenants.get(parseTenantId(request.tenantId)));
  }

  async listTenants(request: ListTenantsRequest): Promise<ListTenantsResponse> {
    const named = request.tenantIds.length > 0 ? request.tenantIds.map(parseTenantId) : undefined;
    return { tenants: (await this.tenants.list(named)).map(wireTenant) };
  }

  async deleteTenant(request: TenantRequest): Promise<DeleteTenantResponse> {
    await this.tenants.delete(parseTenantId(request.tenantId));
    return {};
  }

  async testTenant(request: TenantRequest): Promise<TestTenantResponse> {
    const steps = await this.test.run(parseTenantId(request.tenantId));
    return {
      ok: steps.every(({ ok }) => ok),
      steps: steps.map((step) => ({ ...step, missingPermissions: [...step.missingPermissions] })),
    };
  }
}

function credentialFrom(wire: Credential | undefined): AppCredential | undefined {
  if (!wire) return undefined;
  const { clientSecret, certificatePrivateKey, certificate } = wire;
  if (clientSecret && (certificatePrivateKey || certificate))
    throw invalid('credential', 'one of the two kinds, not both');
  if (clientSecret) return { kind: 'secret', secret: clientSecret };
  if (!certificatePrivateKey || !certificate)
    throw invalid('credential', 'a client secret, or a certificate with its private key');
  return { kind: 'certificate', privateKeyPem: certificatePrivateKey, certificatePem: certificate };
}

function guid(field: string, text: string): string {
  if (!GUID.test(text)) throw invalid(field, 'a GUID as the Entra admin centre shows it');
  return text.toLowerCase();
}

function nameFrom(text: string): string {
  const name = text.trim();
  if (name.length === 0 || name.length > 200) throw invalid('displayName', '1 to 200 characters');
  return name;
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}

function wireTenant(tenant: Tenant): WireTenant {
  return {
    tenantId: tenant.tenantId,
    displayName: tenant.displayName,
    directoryId: tenant.directoryId,
    clientId: tenant.clientId,
    cloud: tenant.cloud,
    credentialKind:
      tenant.credentialKind === 'secret'
        ? CredentialKind.CREDENTIAL_KIND_SECRET
        : CredentialKind.CREDENTIAL_KIND_CERTIFICATE,
    createdAtMs: tenant.createdAtMs,
    credentialExpiresAtMs: tenant.credentialExpiresAtMs ?? 0,
  };
}
