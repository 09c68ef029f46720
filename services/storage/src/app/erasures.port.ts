import type { TenantId, VaultId } from '@holdfast/kernel';
import type { FreeingBegin } from './marked-snapshots.port.js';
import type { ChainName } from './snapshots.port.js';

/** A deletion on request has removed snapshots of a vault, and space freeing has not yet taken every byte that only they needed. */
export interface Erasure {
  /** What was removed lies in this pack and in those before it, if anywhere. */
  readonly newestPack: number;
  /** When a deletion removed something last, as the database writes it. */
  readonly notedAt: string;
  /** How long before it was looked at, in milliseconds. */
  readonly ageMs: number;
}

/**
 * Which vaults hold bytes of what was deleted on request, noted by the transactions that remove it. Space freeing copies their packs from before,
 * however little in them nothing needs, until none is left (docs/deletion.md#when-the-bytes-go).
 */
export abstract class Erasures {
  abstract due(tenant: TenantId, vault: VaultId): Promise<Erasure | undefined>;
  /** As if something had been removed at this moment. */
  abstract note(tenant: TenantId, vault: VaultId): Promise<void>;
  /**
   * After everybody was fenced who wrote before the removal and has no task: packs that came until now count as from before it, for a holder that
   * slept may have registered one. With `isLast` nobody is left who will, and it reaches no further. Safe to repeat.
   */
  abstract reach(tenant: TenantId, vault: VaultId, erasure: Erasure, isLast: boolean): Promise<Erasure>;
  /** Keeps in place of what an earlier freeing found: chains whose newest snapshot names packs that are left. */
  abstract saveHolders(tenant: TenantId, vault: VaultId, holders: AsyncIterable<readonly ChainName[]>): Promise<void>;
  /** In their order, those after `after`; at most `size`. */
  abstract holders(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly after?: ChainName | undefined; readonly size: number },
  ): Promise<readonly ChainName[]>;
  /** Unless something was removed since. False, and it stays, where it stands for a pack that came after `begin`. */
  abstract end(
    tenant: TenantId,
    vault: VaultId,
    erasure: Erasure,
    begin: Pick<FreeingBegin, 'newestPack' | 'at'>,
  ): Promise<boolean>;
}
