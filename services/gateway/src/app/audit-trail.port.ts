import type { TenantId } from '@holdfast/kernel';
import type { AuditEntry, AuditEvent } from '../domain/audit-entry.js';

/** The trail of one customer, or the provider's own for what concerns no customer. */
export type TrailOwner = TenantId | 'provider';

/** An entry with its SHA-256, lower-case hexadecimal. */
export type ChainedEntry = AuditEntry & { readonly hash: string };

/** A trail that only grows: each entry holds the hash of the one before. */
export abstract class AuditTrail {
  /** Appends; when it resolves, the entry is durable. */
  abstract append(owner: TrailOwner, event: AuditEvent, atMs: number): Promise<void>;
  /** Newest first; `before` is the number of the last entry already seen. */
  abstract list(owner: TrailOwner, size: number, before?: number): Promise<readonly ChainedEntry[]>;
  /** Reads the whole trail; answers how many entries it has and the first whose hash or place is wrong. */
  abstract verify(owner: TrailOwner): Promise<{ readonly entries: number; readonly firstBroken?: number }>;
}
