import { MOST_ITEMS_NAMED } from '@holdfast/contracts';
import { JobState, type Deletion as WireDeletion, type RequestDeletionRequest } from '@holdfast/contracts/scheduler/v1';
import { AppError, parseResourceId, resourceIdOf } from '@holdfast/kernel';
import { standingOf } from '../../app/delete-on-request.js';
import type { Deletion } from '../../app/deletions.port.js';
import { deletionState, type DeletionSubject } from '../../domain/deletion.js';
import { wireJobState } from './wire.js';

export function deletionSubjectFrom({
  accountId,
  resourceId,
  itemIds,
}: Pick<RequestDeletionRequest, 'accountId' | 'resourceId' | 'itemIds'>): DeletionSubject {
  if ((accountId === '') === (resourceId === '')) throw invalid('accountId', 'given, or resourceId: one of them');
  if (resourceId !== '' && itemIds.length > 0)
    return { kind: 'items', resourceId: parseResourceId(resourceId), itemIds: itemIdsFrom(itemIds) };
  if (itemIds.length > 0) throw invalid('itemIds', 'empty without resourceId');
  if (resourceId !== '') return { kind: 'resource', resourceId: parseResourceId(resourceId) };
  // An account is what its resources are named by.
  resourceIdOf('mail', accountId);
  return { kind: 'account', accountId };
}

function itemIdsFrom(itemIds: readonly string[]): readonly string[] {
  if (itemIds.length > MOST_ITEMS_NAMED) throw invalid('itemIds', `at most ${MOST_ITEMS_NAMED}`);
  if (itemIds.some((id) => id === '' || id.includes('\0'))) throw invalid('itemIds', 'not empty, without NUL');
  return [...new Set(itemIds)];
}

export function wireDeletion(deletion: Deletion): WireDeletion {
  const { subject, approvals, withdrawn, job, removed, removedAtMs, freeing, ...same } = deletion;
  return {
    ...same,
    accountId: subject.kind === 'account' ? subject.accountId : '',
    resourceId: subject.kind === 'account' ? '' : subject.resourceId,
    itemIds: subject.kind === 'items' ? [...subject.itemIds] : [],
    approvals: approvals.map(({ by, atMs }) => ({ approvedBy: by, approvedAtMs: atMs })),
    withdrawnBy: withdrawn?.by ?? '',
    withdrawnAtMs: withdrawn?.atMs ?? 0,
    jobId: job?.jobId ?? '',
    jobState: job ? wireJobState(job.state) : JobState.JOB_STATE_UNSPECIFIED,
    jobFinishedAtMs: job?.finishedAtMs ?? 0,
    state: deletionState(standingOf(deletion)),
    removed: [...removed],
    removedAtMs: removedAtMs ?? 0,
    freeing: freeing && { ...freeing, state: wireJobState(freeing.state), finishedAtMs: freeing.finishedAtMs ?? 0 },
  };
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}
