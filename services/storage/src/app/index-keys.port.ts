import type { TenantId, VaultId } from '@holdfast/kernel';
import type { VaultCipher } from '@holdfast/vault';

/** What storage may know of a vault's keys. */
export interface VaultIndexKey {
  /** Opens packs' trailers, 32 bytes. Opens no content. */
  readonly key: Uint8Array;
  /** What seals the vault's objects. */
  readonly cipher: VaultCipher;
  /** Raised by a rebuild; a snapshot of a lower one never wins. */
  readonly generation: number;
  /** The vault's Ed25519 public signing key, 32 bytes. */
  readonly signingPublicKey: Uint8Array;
}

/** Gets index keys from auth. */
export abstract class IndexKeys {
  abstract of(tenant: TenantId, vault: VaultId): Promise<VaultIndexKey>;
}
