import type { TenantId, VaultId } from '@holdfast/kernel';

/** The wrapped keys that lie beside a vault's data. */
export abstract class KeyObjects {
  /**
   * Lets go of all key objects of a kind but those named: each destination deletes them when it has all that was written before, so
   * that none is ever without. Safe to repeat. CONFLICT where another change has let go of one of these: nothing is let go of then.
   */
  abstract keepOnly(tenant: TenantId, vault: VaultId, kind: string, names: readonly string[]): Promise<void>;
}
