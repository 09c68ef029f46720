import type { ResourceId, TenantId } from '@holdfast/kernel';

/** What is remembered of an item at the target while a plan is made: ids, tags and keyed digests, no words. */
export interface LiveFacts {
  readonly id: string;
  readonly isFolder: boolean;
  readonly parentId: string | undefined;
  readonly origin: string | undefined;
  readonly changeTag: string | undefined;
  /** Digest of the item's likeness. */
  readonly likeness: string;
  /** Digest of folder and name; empty in a workload whose items have no names. */
  readonly place: string;
}

export interface LiveQuestion {
  readonly itemId: string;
  readonly place: string;
}

/** Items of one target as they were listed for one plan. Any number of them. */
export abstract class LiveItems {
  abstract add(tenant: TenantId, planId: string, target: ResourceId, facts: readonly LiveFacts[]): Promise<void>;
  /** The item left; only while it lies in `parentId`, where that is given. */
  abstract remove(tenant: TenantId, planId: string, target: ResourceId, id: string, parentId?: string): Promise<void>;
  /** All that have one of the ids, were restored from one of them, or stand in one of the places; at most 500 questions. */
  abstract find(
    tenant: TenantId,
    planId: string,
    target: ResourceId,
    questions: readonly LiveQuestion[],
  ): Promise<readonly LiveFacts[]>;
  abstract forget(tenant: TenantId, planId: string): Promise<void>;
}
