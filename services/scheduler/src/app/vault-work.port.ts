import type { BackupSetId, JobId, ResourceId, TaskId, TenantId, VaultId } from '@holdfast/kernel';

/** A task of a backup or a rewriting that has not ended: it builds on what the vault holds. */
export interface OpenTask {
  readonly taskId: TaskId;
  readonly backupSetId: BackupSetId;
  readonly resourceId: ResourceId;
  /** Of its newest lease; 0 where it never was. */
  readonly epoch: number;
  /** Milliseconds since it was leased first; undefined where it never was. */
  readonly begunBeforeMs: number | undefined;
  /** Opaque; empty where there is none. */
  readonly checkpoint: Uint8Array;
  /** It makes snapshots of its chain anew, and may build on any of them. */
  readonly rewrites: boolean;
}

/** Tells space freeing who works on a vault. */
export abstract class VaultWork {
  abstract isDryRun(tenant: TenantId, job: JobId): Promise<boolean>;
  /** In the order of their ids, those after `after`; at most `size`. */
  abstract openTasks(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly after: string; readonly size: number },
  ): Promise<readonly OpenTask[]>;
}
