import type { TenantId, VaultId } from '@holdfast/kernel';

/** One change of a vault's keys at a time, whichever process makes it: each writes wraps of all root keys, and lets go of those it does not know. */
export abstract class KeyChanges {
  /** CONFLICT while another change of the vault's keys is under way. One that broke off is no longer in the way after a few minutes. */
  abstract alone<T>(tenant: TenantId, vault: VaultId, work: () => Promise<T>): Promise<T>;
}
