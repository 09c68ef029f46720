import type { RequestTotals } from '@holdfast/graph';
import type { ResourceId, TenantId, VaultId } from '@holdfast/kernel';
import type { HeldTask } from '@holdfast/worker';
import type { WorkloadReader, WorkloadWriter } from '@holdfast/workloads';

/** A resource at Microsoft that is restored into. */
export interface TargetAccess {
  readonly reader: WorkloadReader;
  readonly writer: WorkloadWriter;
  /** Requests so far. */
  totals(): RequestTotals;
  /** Gives back what was leased. */
  close(): Promise<void>;
}

export interface PlanningTarget {
  readonly planId: string;
  readonly vaultId: VaultId;
  readonly resourceId: ResourceId;
}

/** Opens resources at Microsoft: to look while a plan is made, to write while a task is held. */
export abstract class TargetAccesses {
  abstract toPlan(tenant: TenantId, target: PlanningTarget): Promise<TargetAccess>;
  abstract toPerform(held: HeldTask): Promise<TargetAccess>;
}
