import type { TenantId, VaultId } from '@holdfast/kernel';
import type { SigningKeys, VaultCipher } from '@holdfast/vault';

/** What storage may know of a vault's keys. */
export interface VaultIndexKey {
  /** Opens packs' trailers, 32 bytes. Opens no content. */
  readonly key: Uint8Array;
  /** What seals the vault's objects. */
  readonly cipher: VaultCipher;
  /** Raised by a rebuild; a snapshot of a lower one never wins. */
  readonly generation: number;
  /** Who certifies the tasks of each generation so far. */
  readonly signingKeys: SigningKeys;
}

/** Gets index keys from auth. */
export abstract class IndexKeys {
  abstract of(tenant: TenantId, vault: VaultId): Promise<VaultIndexKey>;
}
