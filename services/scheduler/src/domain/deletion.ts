import { resourceIdOf, WORKLOADS, type ResourceId } from '@holdfast/kernel';
import type { HeldSubject } from './held-subject.js';
import { isEnded, type JobState } from './job-outcome.js';

/** What can be deleted on request of what a set has stored. */
export type DeletionSubject = Exclude<HeldSubject, { kind: 'set' }>;

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
  /** Of its newest job. */
  readonly jobState?: JobState;
}

export function deletionState({ approvals, isWithdrawn, jobState }: DeletionStanding): DeletionState {
  if (isWithdrawn) return 'withdrawn';
  if (approvals.length < APPROVALS_NEEDED) return 'waiting';
  if (jobState === undefined) return 'approved';
  if (!isEnded(jobState)) return 'running';
  return jobState === 'completed' || jobState === 'completed-with-warnings' ? 'removed' : 'failed';
}

/** Whether one more approval counts, and what it does. */
export type ApprovalDecision = 'first' | 'last' | 'again' | 'too-late';

export function decideApproval(standing: DeletionStanding, by: string): ApprovalDecision {
  if (deletionState(standing) !== 'waiting') return 'too-late';
  if (standing.approvals.some((one) => one.by === by)) return 'again';
  return standing.approvals.length + 1 >= APPROVALS_NEEDED ? 'last' : 'first';
}

/** All resources that go, whether or not the set has read them. */
export function resourcesToDelete(subject: DeletionSubject): readonly ResourceId[] {
  if (subject.kind === 'resource') return [subject.resourceId];
  return WORKLOADS.map((workload) => resourceIdOf(workload, subject.accountId));
}
