import type { SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import type { ChunkSource, SigningKeys, VaultKeys } from '@holdfast/vault';

/** For what a vault may be opened to a person; each opening stands in the audit trail. */
export type ReadReason = 'browse' | 'search' | 'export' | 'plan' | 'log';

export interface Reading {
  /** Id of the user or API key that asks. */
  readonly actor: string;
  readonly reason: ReadReason;
}

export interface VaultSecrets {
  readonly keys: VaultKeys;
  /** Who certifies the tasks of each generation so far. */
  readonly signingKeys: SigningKeys;
}

/** A snapshot that was given to be read from. */
export interface GivenSnapshot {
  /** The sealed object. */
  readonly sealed: Uint8Array;
  /** Milliseconds for which what it needs stays; whoever reads for longer asks for it again before they are over. */
  readonly keptForMs: number;
}

/** Where a vault's keys, snapshots and chunks come from. Nothing is kept; all but the audited opening may be repeated. */
export abstract class VaultAccess {
  /** Writes the opening into the audit trail. */
  abstract openToRead(tenant: TenantId, vault: VaultId, reading: Reading): Promise<VaultSecrets>;
  /** Against a live grant of a task on the vault. */
  abstract openForTask(grant: string): Promise<VaultSecrets>;
  /** NOT_FOUND when the vault has no such snapshot. */
  abstract sealedSnapshot(tenant: TenantId, vault: VaultId, snapshot: SnapshotId): Promise<GivenSnapshot>;
  abstract chunks(tenant: TenantId, vault: VaultId): ChunkSource;
}
