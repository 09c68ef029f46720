import { JobState, type Deletion as WireDeletion } from '@holdfast/contracts/scheduler/v1';
import { AppError, parseResourceId, resourceIdOf } from '@holdfast/kernel';
import { standingOf } from '../../app/delete-on-request.js';
import type { Deletion } from '../../app/deletions.port.js';
import { deletionState, type DeletionSubject } from '../../domain/deletion.js';
import { wireJobState } from './wire.js';

export function deletionSubjectFrom({
  accountId,
  resourceId,
}: {
  readonly accountId: string;
  readonly resourceId: string;
}): DeletionSubject {
  if ((accountId === '') === (resourceId === '')) throw invalid('accountId', 'given, or resourceId: one of them');
  if (resourceId !== '') return { kind: 'resource', resourceId: parseResourceId(resourceId) };
  // An account is what its resources are named by.
  resourceIdOf('mail', accountId);
  return { kind: 'account', accountId };
}

export function wireDeletion(deletion: Deletion): WireDeletion {
  const { subject, approvals, withdrawn, job, removed, ...same } = deletion;
  return {
    ...same,
    accountId: subject.kind === 'account' ? subject.accountId : '',
    resourceId: subject.kind === 'resource' ? subject.resourceId : '',
    approvals: approvals.map(({ by, atMs }) => ({ approvedBy: by, approvedAtMs: atMs })),
    withdrawnBy: withdrawn?.by ?? '',
    withdrawnAtMs: withdrawn?.atMs ?? 0,
    jobId: job?.jobId ?? '',
    jobState: job ? wireJobState(job.state) : JobState.JOB_STATE_UNSPECIFIED,
    jobFinishedAtMs: job?.finishedAtMs ?? 0,
    state: deletionState(standingOf(deletion)),
    removed: [...removed],
  };
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}
