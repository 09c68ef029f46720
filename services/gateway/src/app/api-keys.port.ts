import type { TenantId } from '@holdfast/kernel';
import type { Caller, Role } from '../domain/permissions.js';

/** A key without its secret. */
export interface ApiKey {
  readonly keyId: string;
  readonly displayName: string;
  readonly role: Role;
  /** Absent: all tenants. */
  readonly tenantIds?: readonly string[];
  /** Key that made it. */
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly lastUsedAtMs?: number;
  readonly revokedAtMs?: number;
}

/** Whose list a key stands in: a customer's own, or the provider's. */
export type KeyOwner = TenantId | 'provider';

/** Keeps keys by the SHA-256 of their secret; the secret itself is kept nowhere. */
export abstract class ApiKeys {
  abstract add(owner: KeyOwner, key: ApiKey, secretSha256: string): Promise<void>;
  /** Newest first; revoked and expired ones too. */
  abstract list(owner: KeyOwner): Promise<readonly ApiKey[]>;
  /** NOT_FOUND for a key of another owner. Safe to repeat: the first time stays. */
  abstract revoke(owner: KeyOwner, keyId: string, atMs: number): Promise<void>;
  abstract revokeAll(owner: KeyOwner, atMs: number): Promise<void>;
  /** The caller whose live key this is, and notes the use (to the minute); undefined for any other. */
  abstract recognise(keyId: string, secretSha256: string, atMs: number): Promise<Caller | undefined>;
  /** Whether the key is neither revoked nor expired. */
  abstract isLive(keyId: string, atMs: number): Promise<boolean>;
}
