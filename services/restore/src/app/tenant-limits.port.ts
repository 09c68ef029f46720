import type { TenantId, WorkLimits } from '@holdfast/kernel';

/** Knows how fast a tenant may be restored into. */
export abstract class TenantLimits {
  /** As the leases of a restore are cut from them. */
  abstract ofRestores(tenant: TenantId): Promise<WorkLimits>;
}

/** Resources that are restored into at the same time. */
export abstract class RestoreTasks {
  abstract readonly atOnce: number;
}
