import type { TenantId } from '@holdfast/kernel';
import type { AuditEntry, AuditEvent } from '../domain/audit-entry.js';

/** The trail of one customer, or the provider's own for what concerns no customer. */
export type TrailOwner = TenantId | 'provider';

/** An entry with its SHA-256, lower-case hexadecimal. */
export type ChainedEntry = AuditEntry & { readonly hash: string };

/** A trail that only grows: each entry holds the hash of the one before. */
export abstract class AuditTrail {
  /** Appends; when it resolves, the entry is durable. Many may append at once: each waits for the one before. */
  abstract append(owner: TrailOwner, event: AuditEvent, atMs: number): Promise<ChainedEntry>;
  /** Newest first; `before` is the number of the last entry already seen. */
  abstract list(owner: TrailOwner, size: number, before?: number): Promise<readonly ChainedEntry[]>;
  /** Oldest first, as they lie there, behind the entry with this number. */
  abstract after(owner: TrailOwner, number: number, size: number): Promise<readonly ChainedEntry[]>;
  /** Numbers of the entries that bear this previous hash: one, in a trail that is whole. */
  abstract following(owner: TrailOwner, previousHash: string): Promise<readonly number[]>;
}
