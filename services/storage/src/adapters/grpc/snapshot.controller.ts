import type { Metadata } from '@grpc/grpc-js';
import {
  type CommitSnapshotRequest,
  type GetHeadRequest,
  type GetHeadResponse,
  type GetSnapshotRequest,
  type ListSnapshotsRequest,
  type ListSnapshotsResponse,
  type ReadAnew,
  type SealedSnapshot,
  type Snapshot,
  type SnapshotServiceController,
  SnapshotServiceControllerMethods,
  type ListRetentionVerdictsRequest,
  type ListRetentionVerdictsResponse,
} from '@holdfast/contracts/storage/v1';
import {
  AppError,
  parseBackupSetId,
  parseJobId,
  parsePackName,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { AffectedItems } from '../../app/affected-items.port.js';
import { CheckGrant } from '../../app/check-grant.js';
import { CommitSnapshot } from '../../app/commit-snapshot.js';
import { FindHead } from '../../app/find-head.js';
import { RetainedChains } from '../../app/retained-chains.port.js';
import { Snapshots, type SnapshotInfo, type StoredSnapshot } from '../../app/snapshots.port.js';
import { readIds } from './id-lists.js';
import { pageSizeOf } from './page-size.js';

/** Packs that one commit may name: 2 TiB of packs of the usual size. */
const MAX_NEEDED_PACKS = 131_072;

@Controller()
@SnapshotServiceControllerMethods()
export class SnapshotController implements SnapshotServiceController {
  constructor(
    private readonly grants: CheckGrant,
    private readonly commitSnapshotVerb: CommitSnapshot,
    private readonly findHead: FindHead,
    private readonly snapshots: Snapshots,
    private readonly retained: RetainedChains,
    private readonly affected: AffectedItems,
  ) {}

  @CalledBy('crawler')
  async commitSnapshot(request: CommitSnapshotRequest, metadata?: Metadata): Promise<Snapshot> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    const info = await this.commitSnapshotVerb.run(claims, {
      sealed: request.sealed,
      parent: given(request.parentSnapshotId, parseSnapshotId),
      neededPacks: readIds('neededPacks', request.neededPacks, parsePackName, MAX_NEEDED_PACKS),
    });
    return snapshotMessage(info);
  }

  @CalledBy('crawler')
  async getHead({ grant }: GetHeadRequest, metadata?: Metadata): Promise<GetHeadResponse> {
    const { tenant, vault, set, resource } = await this.grants.run(grant, callerOf(metadata));
    if (!set) throw new AppError('GRANT_REFUSED', 'The grant is for no backup set.');
    const head = await this.findHead.run(tenant, vault, { backupSetId: set, resourceId: resource });
    return { head: head && sealedMessage(head) };
  }

  @CalledBy('crawler')
  async getReadAnew({ grant }: GetHeadRequest, metadata?: Metadata): Promise<ReadAnew> {
    const { tenant, vault, set, resource, epoch } = await this.grants.run(grant, callerOf(metadata));
    if (!set) throw new AppError('GRANT_REFUSED', 'The grant is for no backup set.');
    const chain = { backupSetId: set, resourceId: resource };
    const { isAll, itemIds } = await this.affected.readAnew(tenant, vault, chain, epoch);
    return { isAll, itemIds: [...itemIds] };
  }

  @CalledBy('restore')
  async getSnapshot({ tenantId, vaultId, snapshotId }: GetSnapshotRequest): Promise<SealedSnapshot> {
    const id = parseSnapshotId(snapshotId);
    const found = await this.snapshots.openToRead(parseTenantId(tenantId), parseVaultId(vaultId), id);
    if (found) return sealedMessage(found);
    throw new AppError('NOT_FOUND', 'The vault has no such snapshot, or retention let it go and its space was freed.', {
      context: { snapshotId: id },
    });
  }

  @CalledBy('restore', 'gateway', 'scheduler', 'reporting')
  async listSnapshots(request: ListSnapshotsRequest): Promise<ListSnapshotsResponse> {
    const { pageToken, asOfMs } = request;
    const size = pageSizeOf(request);
    const backupSetId = given(request.backupSetId, parseBackupSetId);
    const jobId = given(request.jobId, parseJobId);
    const resourceId = given(request.resourceId, parseResourceId);
    const filter = {
      ...(backupSetId && { backupSetId }),
      ...(jobId && { jobId }),
      ...(resourceId && { resourceId }),
      ...(asOfMs !== 0 && { asOfMs }),
    };
    const page = { size, token: pageToken };
    const found = await this.snapshots.list(
      parseTenantId(request.tenantId),
      parseVaultId(request.vaultId),
      filter,
      page,
    );
    return { snapshots: found.snapshots.map(snapshotMessage), nextPageToken: found.next ?? '' };
  }

  @CalledBy('gateway')
  async listRetentionVerdicts(request: ListRetentionVerdictsRequest): Promise<ListRetentionVerdictsResponse> {
    const { verdicts, next } = await this.retained.verdicts(
      parseTenantId(request.tenantId),
      parseVaultId(request.vaultId),
      parseBackupSetId(request.backupSetId),
      { size: pageSizeOf(request), token: request.pageToken },
    );
    return {
      verdicts: verdicts.map(({ jobStartedAt, ...same }) => ({ ...same, jobStartedAtMs: jobStartedAt })),
      nextPageToken: next ?? '',
    };
  }
}

/** Reads a field that may be left empty. */
function given<Id>(text: string, parse: (text: string) => Id): Id | undefined {
  return text === '' ? undefined : parse(text);
}

function snapshotMessage({ parent, jobStartedAt, committedAt, ...same }: SnapshotInfo): Snapshot {
  return {
    tenantId: same.tenantId,
    vaultId: same.vaultId,
    snapshotId: same.snapshotId,
    resourceId: same.resourceId,
    backupSetId: same.backupSetId,
    jobId: same.jobId,
    epoch: same.epoch,
    generation: same.generation,
    number: same.number,
    parentSnapshotId: parent ?? '',
    jobStartedAtMs: jobStartedAt,
    committedAtMs: committedAt ?? 0,
  };
}

function sealedMessage(stored: StoredSnapshot): SealedSnapshot {
  return { snapshot: snapshotMessage(stored), sealed: Buffer.from(stored.sealed), isRetired: stored.isRetired };
}
