import { deletionView, type DeletionView } from '@holdfast/contracts/api';
import type { Deletion } from '@holdfast/contracts/scheduler/v1';

/** A deletion in the words of the API. */
export function deletionViewOf(deletion: Deletion): DeletionView {
  const { accountId, resourceId, approvals, withdrawnBy, withdrawnAtMs, jobId, jobFinishedAtMs, ...same } = deletion;
  return deletionView.parse({
    ...same,
    of: accountId === '' ? { kind: 'resource', resourceId } : { kind: 'account', accountId },
    approvals: approvals.map(({ approvedBy, approvedAtMs }) => ({ by: approvedBy, atMs: approvedAtMs })),
    ...(withdrawnAtMs !== 0 && { withdrawn: { by: withdrawnBy, atMs: withdrawnAtMs } }),
    ...(jobId !== '' && { jobId }),
    ...(same.state === 'removed' && { removedAtMs: jobFinishedAtMs }),
  });
}
