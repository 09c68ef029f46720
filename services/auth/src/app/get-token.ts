import type { AppCredential, AppToken } from '@holdfast/graph';
import { Clock, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Microsoft, type CloudAddresses, type SignedTenant } from './microsoft.port.js';
import { SecretBox } from './secret-box.port.js';
import { Tenants } from './tenants.port.js';

/** A token is replaced this long before it ends. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Tenants whose tokens are kept at the same time. */
const KEPT_TOKENS = 2_000;

export interface TenantToken extends AppToken, CloudAddresses {}

/** Gives tokens for Microsoft, one sign-in for all who ask at the same time. */
@Injectable()
export class GetToken {
  readonly #kept = new Map<TenantId, TenantToken>();
  readonly #coming = new Map<TenantId, Promise<TenantToken>>();

  constructor(
    private readonly tenants: Tenants,
    private readonly box: SecretBox,
    private readonly microsoft: Microsoft,
    private readonly clock: Clock,
  ) {}

  /** `refused` is a token that Microsoft no longer takes. */
  async run(tenant: TenantId, refused = ''): Promise<TenantToken> {
    const kept = this.#kept.get(tenant);
    if (kept && kept.token !== refused && kept.expiresAt - RENEW_BEFORE_MS > this.clock.now()) return kept;
    const coming = this.#coming.get(tenant) ?? this.#fetch(tenant);
    return coming;
  }

  /** Drops what is kept, after a change of the credential. */
  forget(tenant: TenantId): void {
    this.#kept.delete(tenant);
  }

  /** The tenant with its opened credential. */
  async signed(tenant: TenantId): Promise<SignedTenant> {
    const stored = await this.tenants.credential(tenant);
    const opened = this.box.open(tenant, 'credential', stored.sealed).toString();
    return { tenant: await this.tenants.get(tenant), credential: JSON.parse(opened) as AppCredential };
  }

  #fetch(tenant: TenantId): Promise<TenantToken> {
    const coming = this.#signIn(tenant).finally(() => this.#coming.delete(tenant));
    this.#coming.set(tenant, coming);
    return coming;
  }

  async #signIn(tenant: TenantId): Promise<TenantToken> {
    const signed = await this.signed(tenant);
    const token = { ...(await this.microsoft.signIn(signed)), ...this.microsoft.addresses(signed.tenant.cloud) };
    if (this.#kept.size >= KEPT_TOKENS) this.#kept.clear();
    this.#kept.set(tenant, token);
    return token;
  }
}
