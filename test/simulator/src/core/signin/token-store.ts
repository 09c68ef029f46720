import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { randomUUID } from 'node:crypto';
import type { Principal } from '../route.js';
import type { SimClock } from '../sim-clock.js';

/** Which service a token is for. */
export type Audience = 'graph' | 'sharepoint';

export interface IssuedToken {
  readonly principal: Principal;
  readonly audience: Audience;
  readonly expiresAt: number;
  /** SharePoint refuses app-only tokens that were bought with a secret (docs: sp security-apponly-azuread). */
  readonly isByCertificate: boolean;
  isRevoked: boolean;
}

export interface TokenRequest {
  readonly principal: Principal;
  readonly audience: Audience;
  /** The `aud` claim: the resource as it was asked for. */
  readonly resource: string;
  readonly isByCertificate: boolean;
  /** The tenant's. */
  readonly clock: SimClock;
}

/** Seconds; what the token endpoint answers as `expires_in` (docs: entra v2-oauth2-client-creds-grant-flow). */
export const TOKEN_LIFE_SECONDS = 3599;
const KEEP = 50_000;

/** Signs access tokens and knows every one it signed, so that checking one is a look-up. */
export class TokenStore {
  readonly #issued = new Map<string, IssuedToken>();

  private constructor(
    private readonly privateKey: CryptoKey,
    /** The public half, for `/discovery/v2.0/keys`. */
    readonly jwk: JWK,
  ) {}

  static async make(): Promise<TokenStore> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), use: 'sig', kid: randomUUID() };
    return new TokenStore(privateKey, jwk);
  }

  /** A JWT with the claims of an app-only v1 token (docs: entra access-token-claims-reference). */
  async issue(request: TokenRequest): Promise<string> {
    const { clock, ...rest } = request;
    const { principal } = rest;
    const issuedAt = Math.floor(clock.now() / 1000);
    const token = await new SignJWT({
      appid: principal.appId,
      idtyp: 'app',
      tid: principal.tenantId,
      uti: randomUUID(),
      ver: '1.0',
      ...(principal.roles.size > 0 ? { roles: [...principal.roles] } : {}),
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: this.jwk.kid ?? '' })
      .setIssuer(`https://sts.windows.net/${principal.tenantId}/`)
      .setAudience(request.resource)
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(issuedAt + TOKEN_LIFE_SECONDS)
      .sign(this.privateKey);
    this.#keep(token, { ...rest, expiresAt: (issuedAt + TOKEN_LIFE_SECONDS) * 1000, isRevoked: false });
    return token;
  }

  /** What a token stands for; undefined when this simulator never issued it. Expiry and revocation are the caller's to judge. */
  find(token: string): IssuedToken | undefined {
    return this.#issued.get(token);
  }

  /** Revokes every token of the app (of any app when absent) in the tenant; returns how many. */
  revoke(tenantId: string, appId?: string): number {
    let count = 0;
    for (const token of this.#issued.values()) {
      const { principal } = token;
      if (principal.tenantId !== tenantId || (appId !== undefined && principal.appId !== appId) || token.isRevoked)
        continue;
      token.isRevoked = true;
      count += 1;
    }
    return count;
  }

  #keep(token: string, issued: IssuedToken): void {
    this.#issued.set(token, issued);
    if (this.#issued.size <= KEEP) return;
    const [oldest] = this.#issued.keys();
    if (oldest !== undefined) this.#issued.delete(oldest);
  }
}
