import type { JobId, ResourceId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import type { PlanCounts } from '../domain/plan-counts.js';
import type { ConflictPolicy, StepAction } from '../domain/plan-step.js';

/** One resource's part of a restore. */
export interface PlanSource {
  readonly number: number;
  readonly resourceId: ResourceId;
  readonly snapshotId: SnapshotId;
  /** Items and folders with all below them; empty: the whole resource. */
  readonly itemIds: readonly string[];
  /** What is written to. */
  readonly targetId: ResourceId;
}

export interface NewPlan {
  readonly planId: string;
  /** The newest that performs the plan, or the one that will. */
  readonly jobId: JobId;
  readonly vaultId: VaultId;
  readonly policy: ConflictPolicy;
  /** Sealed under the vault's key, empty where there is none. */
  readonly sealedTargetFolder: Uint8Array;
  readonly sources: readonly PlanSource[];
}

export interface Plan extends NewPlan {
  readonly createdAtMs: number;
  readonly isPerformed: boolean;
  readonly counts: PlanCounts;
  readonly warnings: readonly string[];
}

/** A step as it is planned. */
export interface NewStep {
  readonly number: number;
  readonly source: number;
  readonly targetId: ResourceId;
  readonly itemId: string;
  readonly action: StepAction;
  /** Why a skipped step is skipped; of a step that was made, the fields in `docs/fidelity.md` that its item lost. */
  readonly cause: string;
  /** Added to the name of a copy that is kept beside. */
  readonly suffix: string;
  /** What the plan saw at the target. */
  readonly liveId: string;
  readonly liveTag: string;
  readonly bytes: number;
}

export const STEP_STATES = ['planned', 'doing', 'done', 'failed'] as const;
export type StepState = (typeof STEP_STATES)[number];

export interface Step extends NewStep {
  readonly state: StepState;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** How a step ended. */
export interface StepEnd {
  readonly number: number;
  /** The step's own, or the end is not taken. */
  readonly itemId: string;
  readonly state: 'done' | 'failed';
  readonly errorCode: string;
  /** Ids only. */
  readonly errorMessage: string;
  /** What stands at the target because of the step, and its version; empty when nothing was written. */
  readonly madeId: string;
  readonly madeTag: string;
  /** Read back and found to be what the snapshot has. */
  readonly isVerified: boolean;
  /** Fields in `docs/fidelity.md` that the item had and lacks now, with spaces between; mostly empty. */
  readonly losses: string;
}

/** What was done of a plan. */
export interface PlanProgress {
  readonly done: number;
  readonly failed: number;
  readonly verified: number;
  readonly requests: number;
}

/** How the steps of one target stand, for its task's report. */
export interface TargetTally {
  readonly action: StepAction;
  readonly cause: string;
  readonly state: StepState;
  readonly isVerified: boolean;
  readonly items: number;
  readonly bytes: number;
}

/**
 * Plans and the journal of their steps: ids, actions and states, no name and no subject. A step is begun before anything is written
 * for it and ended after; one that was begun and not ended may or may not have been made.
 */
export abstract class Plans {
  /** Not to be seen until {@link finishPlanning}. */
  abstract beginPlanning(tenant: TenantId, plan: NewPlan): Promise<void>;
  abstract addSteps(tenant: TenantId, planId: string, steps: readonly NewStep[]): Promise<void>;
  /** An item that steps of two sources of one resource are about, at one target; folders that both only need do not count. */
  abstract chosenTwice(tenant: TenantId, planId: string): Promise<Pick<NewStep, 'itemId' | 'targetId'> | undefined>;
  abstract finishPlanning(tenant: TenantId, planId: string, result: Pick<Plan, 'counts' | 'warnings'>): Promise<Plan>;
  abstract drop(tenant: TenantId, planId: string): Promise<void>;
  /** NOT_FOUND while it is being made, too. */
  abstract get(tenant: TenantId, planId: string): Promise<Plan>;
  /** Before each job that performs it begins: what other plans saw at the target is out of date from now on. */
  abstract notePerformed(tenant: TenantId, planId: string): Promise<void>;
  /** That a further job performs it. */
  abstract noteJob(tenant: TenantId, planId: string, jobId: JobId): Promise<void>;
  abstract steps(tenant: TenantId, planId: string, after: number, limit: number): Promise<readonly Step[]>;
  abstract failures(tenant: TenantId, planId: string, limit: number): Promise<readonly Step[]>;
  /** Steps that were made and whose item lost something. */
  abstract losses(tenant: TenantId, planId: string, limit: number): Promise<readonly Step[]>;
  abstract progress(tenant: TenantId, planId: string): Promise<PlanProgress>;

  /** Steps of the target that write and have not ended, in order. */
  abstract open(
    tenant: TenantId,
    planId: string,
    target: ResourceId,
    after: number,
    limit: number,
  ): Promise<readonly Step[]>;
  /** Marks steps as begun by the holder of this epoch; GRANT_REFUSED when a later holder has begun one of them. */
  abstract begin(tenant: TenantId, planId: string, numbers: readonly number[], epoch: number): Promise<void>;
  /** Only steps that the same epoch began. */
  abstract end(tenant: TenantId, planId: string, ends: readonly StepEnd[], epoch: number): Promise<void>;
  abstract tally(tenant: TenantId, planId: string, target: ResourceId): Promise<readonly TargetTally[]>;
  abstract addRequests(tenant: TenantId, planId: string, requests: number): Promise<void>;
  /** Whether another plan for the target was performed since this one was made: what it saw may be out of date. */
  abstract isOvertaken(tenant: TenantId, planId: string, target: ResourceId): Promise<boolean>;
}
