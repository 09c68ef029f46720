import type { AppCredential } from '@holdfast/graph';
import { AppError, parseTenantId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID, X509Certificate } from 'node:crypto';
import { GetToken } from './get-token.js';
import { Microsoft } from './microsoft.port.js';
import { SecretBox } from './secret-box.port.js';
import { Tenants, type StoredCredential, type Tenant } from './tenants.port.js';

export interface NewTenant {
  /** The id that it had in an installation that was lost. */
  readonly tenantId?: TenantId;
  readonly displayName: string;
  readonly directoryId: string;
  readonly clientId: string;
  readonly cloud: string;
  readonly credential: AppCredential;
}

/** Registers tenants and changes their credentials; the secrets are sealed before they rest. */
@Injectable()
export class RegisterTenant {
  constructor(
    private readonly tenants: Tenants,
    private readonly box: SecretBox,
    private readonly microsoft: Microsoft,
    private readonly getToken: GetToken,
  ) {}

  async run({ credential, tenantId = parseTenantId(randomUUID()), ...registration }: NewTenant): Promise<Tenant> {
    this.microsoft.addresses(registration.cloud);
    return this.tenants.create({ tenantId, ...registration }, this.#sealed(tenantId, credential));
  }

  async change(tenant: TenantId, displayName: string, credential: AppCredential | undefined): Promise<Tenant> {
    const changed = await this.tenants.update(tenant, {
      ...(displayName && { displayName }),
      ...(credential && { credential: this.#sealed(tenant, credential) }),
    });
    this.getToken.forget(tenant);
    return changed;
  }

  #sealed(tenant: TenantId, credential: AppCredential): StoredCredential {
    const sealed = this.box.seal(tenant, 'credential', Buffer.from(JSON.stringify(credential)));
    if (credential.kind === 'secret') return { kind: 'secret', sealed };
    return { kind: 'certificate', sealed, expiresAtMs: endOf(credential.certificatePem) };
  }
}

function endOf(certificatePem: string): number {
  try {
    return new X509Certificate(certificatePem).validToDate.getTime();
  } catch (cause) {
    throw new AppError('INVALID_ARGUMENT', 'certificate has to be one X.509 certificate in PEM form.', {
      context: { field: 'certificate', rule: 'X.509 in PEM' },
      cause,
    });
  }
}
