import {
  deletionAndWarnings,
  deletionCertificate,
  deletionQuery,
  deletionStanding,
  deletionView,
  jobView,
  newDeletion,
  page,
  type DeletionCertificate,
  type DeletionStanding,
  type DeletionView,
  type JobView,
} from '@holdfast/contracts/api';
import type { ApproveDeletionResponse, RequestDeletionResponse } from '@holdfast/contracts/scheduler/v1';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ApproverKey } from '../../app/approver-key.js';
import { CertifyDeletion } from '../../app/certify-deletion.js';
import { FindUnmatchedItems } from '../../app/find-unmatched-items.js';
import { Peers } from '../../app/peers.port.js';
import { RemainingOfDeletion } from '../../app/remaining-of-deletion.js';
import { deletionViewOf } from './deletion-view.js';
import { jobViewOf } from './job.routes.js';
import { Route, type Asked } from './route.js';
import { pageView, wirePage } from './words.js';

/** Deletion of backup data on request: asked for, approved by two, done, certified. */
@Controller()
export class DeletionRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly approverKey: ApproverKey,
    private readonly certify: CertifyDeletion,
    private readonly remaining: RemainingOfDeletion,
    private readonly unmatched: FindUnmatchedItems,
  ) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/backup-sets/:backupSetId/deletions',
    permission: 'deletions:request',
    summary:
      'Request to delete all that a set has stored of an account, of a resource, or of items of one; refused while a legal hold is on any of it',
    body: newDeletion,
    response: deletionAndWarnings,
    status: 201,
    audit: { action: 'deletion.request', is: 'change' },
  })
  async request({ params, body, caller }: Asked<'tenantId' | 'backupSetId', undefined, z.output<typeof newDeletion>>) {
    const { kind: _, ...subject } = body.of;
    const wanted = {
      accountId: '',
      resourceId: '',
      itemIds: [],
      ...subject,
      reason: body.reason,
      requestedBy: caller.keyId,
    };
    const requested = withWarnings(await this.peers.deletions.requestDeletion({ ...params, ...wanted }));
    if (body.of.kind !== 'items') return requested;
    const { resourceId, itemIds } = body.of;
    const unmatched = await this.unmatched.warnings({ ...params, resourceId, itemIds, actor: caller.keyId });
    return { ...requested, warnings: [...requested.warnings, ...unmatched] };
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/deletions',
    permission: 'deletions:read',
    summary: 'List requests to delete, newest first',
    query: deletionQuery,
    response: page(deletionView),
  })
  async list({ params, query }: Asked<'tenantId', z.output<typeof deletionQuery>>) {
    const { deletions, nextPageToken } = await this.peers.deletions.listDeletions({ ...params, ...wirePage(query) });
    return pageView(deletions.map(deletionViewOf), nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/deletions/:deletionId',
    permission: 'deletions:read',
    summary: 'Show a request to delete, what came of it, and how far its sealed bytes have gone',
    response: deletionStanding,
  })
  async get({ params }: Asked<'tenantId' | 'deletionId'>): Promise<DeletionStanding> {
    const deletion = deletionViewOf(await this.peers.deletions.getDeletion(params));
    const bytes = await this.remaining.run(params.tenantId, deletion);
    return { ...deletion, ...(bytes && { bytes }) };
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/deletions/:deletionId/approvals',
    permission: 'deletions:approve',
    summary:
      'Approve a deletion, once a key, with a key older than the request; the second approval starts it, and backups leave the resources out from then on',
    response: deletionAndWarnings,
    audit: { action: 'deletion.approve', is: 'change' },
  })
  async approve({ params, caller }: Asked<'tenantId' | 'deletionId'>) {
    const { requestedAtMs } = await this.peers.deletions.getDeletion(params);
    await this.approverKey.require(params.tenantId, caller, requestedAtMs);
    return withWarnings(await this.peers.deletions.approveDeletion({ ...params, decidedBy: caller.keyId }));
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/deletions/:deletionId/withdraw',
    permission: 'deletions:request',
    summary: 'Withdraw a request to delete, before its second approval',
    response: deletionView,
    audit: { action: 'deletion.withdraw', is: 'change' },
  })
  async withdraw({ params, caller }: Asked<'tenantId' | 'deletionId'>): Promise<DeletionView> {
    return deletionViewOf(await this.peers.deletions.withdrawDeletion({ ...params, decidedBy: caller.keyId }));
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/deletions/:deletionId/jobs',
    permission: 'deletions:approve',
    summary: 'Start an approved deletion that could not begin or was not finished',
    response: jobView,
    status: 201,
    audit: { action: 'deletion.run', is: 'change' },
  })
  async run({ params }: Asked<'tenantId' | 'deletionId'>): Promise<JobView> {
    return jobViewOf(await this.peers.deletions.runDeletion(params));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/deletions/:deletionId/certificate',
    permission: 'deletions:read',
    summary: 'Certify what a deletion removed, who wanted and approved it, and how far its sealed bytes have gone',
    response: deletionCertificate,
  })
  async certificate({ params }: Asked<'tenantId' | 'deletionId'>): Promise<DeletionCertificate> {
    const deletion = deletionViewOf(await this.peers.deletions.getDeletion(params));
    return this.certify.run(params.tenantId, deletion);
  }
}

function withWarnings({ deletion, warnings }: ApproveDeletionResponse | RequestDeletionResponse) {
  if (!deletion) throw new Error('scheduler changed a deletion and did not say which');
  return { deletion: deletionViewOf(deletion), warnings };
}
