import type { Metadata } from '@grpc/grpc-js';
import { deletionTermsFrom, rewritingTermsFrom, type DeletionTerms, type GrantClaims } from '@holdfast/contracts';
import {
  DeletionServiceControllerMethods,
  type ApproveDeletionResponse,
  type DecideDeletionRequest,
  type Deletion as WireDeletion,
  type DeletionRequest,
  type DeletionServiceController,
  type Job,
  type ListDeletionsRequest,
  type ListDeletionsResponse,
  type NoteRemovalsRequest,
  type NoteRemovalsResponse,
  type RequestDeletionRequest,
  type RequestDeletionResponse,
} from '@holdfast/contracts/scheduler/v1';
import {
  AppError,
  parseBackupSetId,
  parseDeletionId,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
} from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { DeleteOnRequest, heldBack } from '../../app/delete-on-request.js';
import { Deletions } from '../../app/deletions.port.js';
import { GrantSigner } from '../../app/grant-signer.port.js';
import { Jobs } from '../../app/jobs.port.js';
import { LegalHolds } from '../../app/legal-holds.port.js';
import { deletionSubjectFrom, wireDeletion } from './deletion-wire.js';
import { pageFrom, textFrom, wireJob } from './wire.js';

const MAX_SNAPSHOTS = 1_000;

@Controller()
@DeletionServiceControllerMethods()
@CalledBy('gateway')
export class DeletionController implements DeletionServiceController {
  constructor(
    private readonly deletions: Deletions,
    private readonly deleteOnRequest: DeleteOnRequest,
    private readonly holds: LegalHolds,
    private readonly jobs: Jobs,
    private readonly signer: GrantSigner,
  ) {}

  async requestDeletion(request: RequestDeletionRequest): Promise<RequestDeletionResponse> {
    const { deletion, warnings } = await this.deleteOnRequest.request(parseTenantId(request.tenantId), {
      backupSetId: parseBackupSetId(request.backupSetId),
      subject: deletionSubjectFrom(request),
      reason: textFrom('reason', request.reason),
      requestedBy: textFrom('requestedBy', request.requestedBy),
    });
    return { deletion: wireDeletion(deletion), warnings: [...warnings] };
  }

  async approveDeletion({ tenantId, deletionId, decidedBy }: DecideDeletionRequest): Promise<ApproveDeletionResponse> {
    const by = textFrom('decidedBy', decidedBy);
    const { deletion, warnings } = await this.deleteOnRequest.approve(
      parseTenantId(tenantId),
      parseDeletionId(deletionId),
      by,
    );
    return { deletion: wireDeletion(deletion), warnings: [...warnings] };
  }

  async withdrawDeletion({ tenantId, deletionId, decidedBy }: DecideDeletionRequest): Promise<WireDeletion> {
    const by = textFrom('decidedBy', decidedBy);
    return wireDeletion(await this.deletions.withdraw(parseTenantId(tenantId), parseDeletionId(deletionId), by));
  }

  async runDeletion({ tenantId, deletionId }: DeletionRequest): Promise<Job> {
    return wireJob(await this.deleteOnRequest.start(parseTenantId(tenantId), parseDeletionId(deletionId)));
  }

  async getDeletion({ tenantId, deletionId }: DeletionRequest): Promise<WireDeletion> {
    return wireDeletion(await this.deletions.get(parseTenantId(tenantId), parseDeletionId(deletionId)));
  }

  async listDeletions({ tenantId, ...page }: ListDeletionsRequest): Promise<ListDeletionsResponse> {
    const { rows, next } = await this.deletions.list(parseTenantId(tenantId), pageFrom(page));
    return { deletions: rows.map(wireDeletion), nextPageToken: next ?? '' };
  }

  @CalledBy('storage', 'crawler')
  async noteRemovals(
    { grant, resourceId, snapshots }: NoteRemovalsRequest,
    metadata?: Metadata,
  ): Promise<NoteRemovalsResponse> {
    const claims = await this.signer.read(grant);
    const { kind, holder, tenant, set, job, task } = claims;
    if ((kind !== 'deletion' && kind !== 'rewriting') || !set || holder !== callerOf(metadata))
      throw new AppError('GRANT_REFUSED', 'The grant is not for a deletion task of the caller.', {
        context: { taskId: task },
      });
    if (snapshots.length > MAX_SNAPSHOTS)
      throw new AppError('INVALID_ARGUMENT', `snapshots has to name at most ${MAX_SNAPSHOTS}.`, {
        context: { field: 'snapshots', rule: `at most ${MAX_SNAPSHOTS}` },
      });
    const resource = parseResourceId(resourceId);
    const { deletionId, resourceIds } = wantedBy(claims, (await this.jobs.get(tenant, job)).termsJson);
    if (!resourceIds.includes(resource))
      throw new AppError('INVALID_ARGUMENT', 'resourceId has to be one that the job removes.', {
        context: { field: 'resourceId', rule: 'of the job' },
      });
    if ((await this.holds.heldAmong(tenant, set, [resource])).size > 0) throw heldBack(resource);
    const removals = snapshots.map(({ snapshotId, ...one }) => ({ snapshotId: parseSnapshotId(snapshotId), ...one }));
    await this.deletions.noteRemovals(tenant, deletionId, resource, removals);
    return {};
  }
}

/** Which resources the task of a grant takes from. */
function wantedBy({ kind, resource, task }: GrantClaims, termsJson: string | undefined): DeletionTerms {
  if (kind === 'deletion') return deletionTermsFrom(termsJson);
  const terms = rewritingTermsFrom(termsJson);
  if ('deletionId' in terms) return { deletionId: terms.deletionId, resourceIds: [resource] };
  throw new AppError('GRANT_REFUSED', 'The task takes nothing away.', { context: { taskId: task } });
}
