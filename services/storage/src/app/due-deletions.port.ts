import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** An object that a destination holds and nothing needs. */
export interface DueDeletion {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly objectNo: number;
  /** Name below the vault's prefix. */
  readonly name: string;
  readonly destinationId: DestinationId;
}

/** What destinations still hold of condemned packs and of snapshots that were let go. */
export abstract class DueDeletions {
  /** Takes up to `limit` of all tenants that may be deleted; nobody else gets them for `leaseMs`. */
  abstract take(limit: number, leaseMs: number): Promise<readonly DueDeletion[]>;
  /** The object is gone from the destination; one that is gone from all is forgotten. Safe to repeat. */
  abstract noteDeleted(deletion: DueDeletion): Promise<void>;
  /** It cannot be deleted before an instant, in milliseconds since the epoch; whether that is when its lock ends, as the destination told. */
  abstract postpone(deletion: DueDeletion, to: { readonly until: number; readonly isLockEnd: boolean }): Promise<void>;
  /** Forgets what is gone from all destinations: it was pinned when it went, or went with a destination that was taken away. */
  abstract forgetGone(tenant: TenantId, vault: VaultId): Promise<void>;
}
