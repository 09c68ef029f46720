import type { Metadata } from '@grpc/grpc-js';
import {
  type ChainSnapshotRequest,
  type CommitSnapshotRequest,
  type GetHeadRequest,
  type GetHeadResponse,
  type GetReadAnewRequest,
  type GetSnapshotRequest,
  type ListChainRequest,
  type ListSnapshotsRequest,
  type ListSnapshotsResponse,
  type NoteReadAnewRequest,
  type NoteReadAnewResponse,
  type ReadAnew,
  type ReplaceSnapshotsRequest,
  type ReplaceSnapshotsResponse,
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
import { FreeingRests } from '../../app/freeing-rests.js';
import { ReplaceSnapshots } from '../../app/replace-snapshots.js';
import { RetainedChains } from '../../app/retained-chains.port.js';
import { Snapshots, type SnapshotInfo, type StoredSnapshot } from '../../app/snapshots.port.js';
import { readIds } from './id-lists.js';
import { pageSizeOf } from './page-size.js';

/** Items told of, or noted, at once. */
const READ_ANEW = 1_000;

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
    private readonly rests: FreeingRests,
    private readonly replaceSnapshotsVerb: ReplaceSnapshots,
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
  async getReadAnew({ grant, afterItemId }: GetReadAnewRequest, metadata?: Metadata): Promise<ReadAnew> {
    const { tenant, vault, task } = await this.#backup(grant, metadata);
    const page = { size: READ_ANEW, after: afterItemId };
    const { isAll, itemIds } = await this.affected.readAnew(tenant, vault, task, page);
    return { isAll, itemIds: [...itemIds] };
  }

  @CalledBy('crawler')
  async noteReadAnew(request: NoteReadAnewRequest, metadata?: Metadata): Promise<NoteReadAnewResponse> {
    const { grant, isAll, itemIds } = request;
    if (itemIds.length > READ_ANEW)
      throw new AppError('INVALID_ARGUMENT', `itemIds has to hold at most ${READ_ANEW} ids.`, {
        context: { field: 'itemIds', rule: `at most ${READ_ANEW}` },
      });
    const { tenant, vault, task } = await this.#backup(grant, metadata);
    await this.affected.noteRead(tenant, vault, task, isAll ? 'all' : itemIds);
    return {};
  }

  /** Who goes on with a chain by reading Microsoft. */
  async #backup(grant: string, metadata: Metadata | undefined) {
    const { tenant, vault, set, resource, epoch, kind } = await this.grants.run(grant, callerOf(metadata));
    if (!set || kind !== 'backup') throw new AppError('GRANT_REFUSED', 'The grant is for no backup.');
    return { tenant, vault, task: { backupSetId: set, resourceId: resource, epoch } };
  }

  @CalledBy('crawler')
  async listChain(request: ListChainRequest, metadata?: Metadata): Promise<ListSnapshotsResponse> {
    const claims = await this.grants.run(request.grant, callerOf(metadata));
    const page = { size: pageSizeOf(request), token: request.pageToken };
    const { snapshots, next } = await this.replaceSnapshotsVerb.list(claims, page);
    return { snapshots: snapshots.map(snapshotMessage), nextPageToken: next ?? '' };
  }

  @CalledBy('crawler')
  async getChainSnapshot({ grant, snapshotId }: ChainSnapshotRequest, metadata?: Metadata): Promise<SealedSnapshot> {
    const claims = await this.grants.run(grant, callerOf(metadata));
    return sealedMessage(await this.replaceSnapshotsVerb.open(claims, parseSnapshotId(snapshotId)));
  }

  @CalledBy('crawler')
  async replaceSnapshots(
    { grant, snapshotIds, standingSnapshotIds }: ReplaceSnapshotsRequest,
    metadata?: Metadata,
  ): Promise<ReplaceSnapshotsResponse> {
    const claims = await this.grants.run(grant, callerOf(metadata));
    const standing = standingSnapshotIds.map(parseSnapshotId);
    await this.replaceSnapshotsVerb.run(claims, snapshotIds.map(parseSnapshotId), standing);
    return {};
  }

  @CalledBy('restore')
  async getSnapshot({ tenantId, vaultId, snapshotId }: GetSnapshotRequest): Promise<SealedSnapshot> {
    const id = parseSnapshotId(snapshotId);
    const { readersMs } = this.rests;
    const found = await this.snapshots.openToRead(parseTenantId(tenantId), parseVaultId(vaultId), id, readersMs);
    if (found) return { ...sealedMessage(found), keptForMs: readersMs };
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
      verdicts: verdicts.map(({ jobStartedAt, wentAt = 0, ...same }) => ({
        ...same,
        jobStartedAtMs: jobStartedAt,
        wentAtMs: wentAt,
      })),
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
  const { sealed, isRetired } = stored;
  return { snapshot: snapshotMessage(stored), sealed: Buffer.from(sealed), isRetired, keptForMs: 0 };
}
