import type { VaultKeys } from '@holdfast/vault';

/** Leases the keys that open a vault's metadata and no content. Each lease is in the audit trail. */
export abstract class MetadataKeys {
  /** For the vault of a grant for space freeing, a check or a rebuild. */
  abstract lease(grant: string): Promise<VaultKeys>;
}
