import type { TenantId, WorkLimits } from '@holdfast/kernel';

/** Knows how fast a tenant may be read. */
export abstract class TenantLimits {
  /** As the leases of a backup are cut from them. */
  abstract ofBackups(tenant: TenantId): Promise<WorkLimits>;
}

/** Resources that the crawlers of this installation read at the same time. */
export abstract class BackupTasks {
  abstract readonly atOnce: number;
}
