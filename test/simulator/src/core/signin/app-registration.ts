import { X509Certificate, type KeyObject } from 'node:crypto';

export interface AppSecret {
  readonly value: string;
  /** Milliseconds since 1970; absent = never. */
  readonly expiresAt?: number;
}

interface RegisteredCertificate {
  /** base64url of the SHA-256 of the DER: `x5t#S256`. */
  readonly sha256: string;
  /** base64url of the SHA-1 of the DER: `x5t`. */
  readonly sha1: string;
  readonly publicKey: KeyObject;
}

/** An app registration: one client id, known to the tenants that consented to it. */
export class AppRegistration {
  isDisabled = false;
  readonly #secrets: AppSecret[] = [];
  readonly #certificates: RegisteredCertificate[] = [];
  readonly #grants = new Map<string, ReadonlySet<string>>();

  constructor(
    readonly clientId: string,
    readonly displayName: string,
  ) {}

  addSecret(secret: AppSecret): void {
    this.#secrets.push(secret);
  }

  /** Takes a PEM certificate; throws when it is none. */
  addCertificate(pem: string): void {
    const certificate = new X509Certificate(pem);
    const encode = (fingerprint: string): string =>
      Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url');
    this.#certificates.push({
      sha256: encode(certificate.fingerprint256),
      sha1: encode(certificate.fingerprint),
      publicKey: certificate.publicKey,
    });
  }

  findSecret(value: string): AppSecret | undefined {
    return this.#secrets.find((secret) => secret.value === value);
  }

  /** The public key that an assertion's header names. */
  keyFor(header: { readonly x5t?: string | undefined; readonly sha256?: string | undefined }): KeyObject | undefined {
    return this.#certificates.find(({ sha256, sha1 }) => sha256 === header.sha256 || sha1 === header.x5t)?.publicKey;
  }

  /** Consent: the app may do this in the tenant. An empty list leaves the app known there, with tokens that bear no roles. */
  grant(tenantId: string, roles: Iterable<string>): void {
    this.#grants.set(tenantId, new Set(roles));
  }

  /** Removes the app's service principal from the tenant. */
  removeFrom(tenantId: string): void {
    this.#grants.delete(tenantId);
  }

  /** The roles consented to in the tenant; undefined when the tenant does not know the app. */
  rolesIn(tenantId: string): ReadonlySet<string> | undefined {
    return this.#grants.get(tenantId);
  }

  get tenantIds(): string[] {
    return [...this.#grants.keys()];
  }
}
