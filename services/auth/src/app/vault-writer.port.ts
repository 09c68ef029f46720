import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** Has storage write a new vault's first objects. */
export abstract class VaultWriter {
  /** Answers what is to be told of destinations that did not answer; they are caught up. Safe to repeat. */
  abstract write(
    tenant: TenantId,
    vault: VaultId,
    destinations: readonly DestinationId[],
    objects: readonly { readonly name: string; readonly content: Uint8Array }[],
  ): Promise<readonly string[]>;
  /** Gives a vault these destinations in this order. Safe to repeat; FAILED_PRECONDITION while one left out alone holds anything. */
  abstract changeDestinations(tenant: TenantId, vault: VaultId, wanted: readonly DestinationId[]): Promise<void>;
  /** Puts key objects in the place of all others of their kind. Answers as {@link write}; safe to repeat. */
  abstract replaceKeys(
    tenant: TenantId,
    vault: VaultId,
    kind: 'provider' | 'passphrase' | 'recovery',
    objects: readonly { readonly name: string; readonly content: Uint8Array }[],
  ): Promise<readonly string[]>;
  /** Undoes {@link write} for a vault that holds nothing else. Safe to repeat; FAILED_PRECONDITION for one that does. */
  abstract discard(tenant: TenantId, vault: VaultId): Promise<void>;
}
