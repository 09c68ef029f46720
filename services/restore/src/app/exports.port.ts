import type { ResourceId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';

export const EXPORT_FORMATS = ['zip', 'eml', 'mbox'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportPart {
  readonly resourceId: ResourceId;
  readonly snapshotId: SnapshotId;
  /** Items and folders with all below them; empty: the whole resource. */
  readonly itemIds: readonly string[];
}

/** A download that was asked for: ids, no names. */
export interface ExportOrder {
  readonly exportId: string;
  readonly vaultId: VaultId;
  readonly format: ExportFormat;
  readonly parts: readonly ExportPart[];
  readonly actor: string;
  readonly expiresAtMs: number;
}

/** Downloads that wait to be fetched, each once, from any process. */
export abstract class Exports {
  /** Keeps the order under a digest of its token. */
  abstract add(tenant: TenantId, order: ExportOrder, tokenDigest: Uint8Array): Promise<void>;
  /** The order, the first time that it is asked for and before its time is over. */
  abstract take(tenant: TenantId, tokenDigest: Uint8Array): Promise<ExportOrder | undefined>;
}
