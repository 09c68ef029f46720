import type { GrantClaims } from '@holdfast/contracts';

/** Signs what a lease entitles to. */
export abstract class GrantSigner {
  abstract sign(claims: Omit<GrantClaims, 'iss'>): Promise<string>;
  /** Checks signature and form, not expiry: an expired holder is told by the task table. */
  abstract read(grant: string): Promise<GrantClaims>;
  /** Public halves as JWK JSON, newest first. */
  abstract publicKeys(): Promise<readonly string[]>;
}
