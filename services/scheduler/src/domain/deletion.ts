import { resourceIdOf, WORKLOADS, type ResourceId } from '@holdfast/kernel';
import type { HeldSubject } from './held-subject.js';
import { isEnded, type JobState } from './job-outcome.js';

/** What can be deleted on request of what a set has stored. */
export type DeletionSubject =
  | Exclude<HeldSubject, { kind: 'set' }>
  /** Items of a resource by Microsoft's ids, folders with everything below. */
  | { readonly kind: 'items'; readonly resourceId: ResourceId; readonly itemIds: readonly string[] };

/** Two persons stand behind whatever is destroyed (docs/decisions/0040-who-approves-a-deletion.md). */
export const APPROVALS_NEEDED = 2;

export type DeletionState =
  /** For approvals. */
  | 'waiting'
  | 'withdrawn'
  /** And not begun. */
  | 'approved'
  | 'running'
  /** Or stopped: it can be run again. */
  | 'failed'
  | 'removed';

/** As far as a deletion has come. */
export interface DeletionStanding {
  readonly approvals: readonly { readonly by: string }[];
  readonly isWithdrawn: boolean;
  /** Known to have removed what it was for, whatever is known of its job. */
  readonly isRemoved?: boolean;
  /** Of its newest job. */
  readonly jobState?: JobState;
}

export function deletionState({ approvals, isWithdrawn, isRemoved, jobState }: DeletionStanding): DeletionState {
  if (isWithdrawn) return 'withdrawn';
  if (isRemoved) return 'removed';
  if (approvals.length < APPROVALS_NEEDED) return 'waiting';
  if (jobState === undefined) return 'approved';
  if (!isEnded(jobState)) return 'running';
  return isWell(jobState) ? 'removed' : 'failed';
}

/** Ends of a job that has done all of its work. */
export const WELL_ENDED = ['completed', 'completed-with-warnings'] as const satisfies readonly JobState[];

export function isWell(state: JobState): boolean {
  return WELL_ENDED.some((well) => well === state);
}

/** Whether one more approval counts, and what it does. */
export type ApprovalDecision = 'first' | 'last' | 'again' | 'too-late';

export function decideApproval(standing: DeletionStanding, by: string): ApprovalDecision {
  if (deletionState(standing) !== 'waiting') return 'too-late';
  if (standing.approvals.some((one) => one.by === by)) return 'again';
  return standing.approvals.length + 1 >= APPROVALS_NEEDED ? 'last' : 'first';
}

/** All resources that something goes of, whether or not the set has read them. */
export function resourcesToDelete(subject: DeletionSubject): readonly ResourceId[] {
  if (subject.kind !== 'account') return [subject.resourceId];
  return WORKLOADS.map((workload) => resourceIdOf(workload, subject.accountId));
}

/** What has to have been read before there is anything to delete. */
export function readSubjectOf(subject: DeletionSubject): HeldSubject {
  return subject.kind === 'items' ? { kind: 'resource', resourceId: subject.resourceId } : subject;
}
