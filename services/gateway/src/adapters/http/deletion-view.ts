import { deletionView, type DeletionView } from '@holdfast/contracts/api';
import type { Deletion } from '@holdfast/contracts/scheduler/v1';
import { jobStateOf } from './words.js';

/** A deletion in the words of the API. */
export function deletionViewOf(deletion: Deletion): DeletionView {
  const { approvals, withdrawnBy, withdrawnAtMs, jobId, removedAtMs, freeing, ...same } = deletion;
  return deletionView.parse({
    ...same,
    of: subjectOf(deletion),
    approvals: approvals.map(({ approvedBy, approvedAtMs }) => ({ by: approvedBy, atMs: approvedAtMs })),
    ...(withdrawnAtMs !== 0 && { withdrawn: { by: withdrawnBy, atMs: withdrawnAtMs } }),
    ...(jobId !== '' && { jobId }),
    ...(removedAtMs !== 0 && { removedAtMs }),
    ...(freeing && { freeing: freeingViewOf(freeing) }),
  });
}

function subjectOf({ accountId, resourceId, itemIds }: Deletion): DeletionView['of'] {
  if (accountId !== '') return { kind: 'account', accountId };
  return itemIds.length > 0 ? { kind: 'items', resourceId, itemIds } : { kind: 'resource', resourceId };
}

function freeingViewOf({ state, finishedAtMs, ...same }: NonNullable<Deletion['freeing']>) {
  return { ...same, state: jobStateOf(state), ...(finishedAtMs !== 0 && { finishedAtMs }) };
}
