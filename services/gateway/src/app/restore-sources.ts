import type { RestoreSource } from '@holdfast/contracts/restore/v1';
import { AppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { FindSnapshots, type PointInTime } from './find-snapshots.js';

/** Resources of one plan at most, when all are taken. */
const MAX_RESOURCES = 2_000;
const PAGE = 1_000;

/** What of one resource, as a person names it. */
export interface WantedSource {
  readonly resourceId: string;
  /** Absent: the one as of the point in time. */
  readonly snapshotId?: string | undefined;
  readonly itemIds: readonly string[];
  readonly targetAccountId?: string | undefined;
}

/** Finds the snapshot of each source of a restore or an export. */
@Injectable()
export class RestoreSources {
  constructor(private readonly find: FindSnapshots) {}

  /** Without `wanted` it is every resource as of then. NOT_FOUND names the resource that has no snapshot. */
  async run(
    tenant: TenantId,
    from: PointInTime,
    wanted?: readonly WantedSource[],
  ): Promise<{ readonly vaultId: VaultId; readonly sources: RestoreSource[] }> {
    const at = await this.find.locate(tenant, from);
    if (!wanted) return { vaultId: at.vaultId, sources: await this.#all(tenant, at) };
    const open = wanted.filter(({ snapshotId }) => snapshotId === undefined).map(({ resourceId }) => resourceId);
    const found = await this.find.ofResources(tenant, at, [...new Set(open)]);
    const snapshotOf = new Map(found.map(({ resourceId, snapshotId }) => [resourceId, snapshotId]));
    const sources = wanted.map(({ resourceId, snapshotId, itemIds, targetAccountId = '' }) => ({
      resourceId,
      snapshotId: snapshotId ?? snapshotOf.get(resourceId) ?? '',
      itemIds: [...itemIds],
      targetAccountId,
    }));
    return { vaultId: at.vaultId, sources };
  }

  async #all(tenant: TenantId, at: Awaited<ReturnType<FindSnapshots['locate']>>): Promise<RestoreSource[]> {
    const sources: RestoreSource[] = [];
    for (let token = ''; ;) {
      const { snapshots, nextPageToken } = await this.find.page(tenant, at, PAGE, token);
      for (const { resourceId, snapshotId } of snapshots)
        sources.push({ resourceId, snapshotId, itemIds: [], targetAccountId: '' });
      if (sources.length > MAX_RESOURCES) throw tooMany();
      if (nextPageToken === '') break;
      token = nextPageToken;
    }
    if (sources.length > 0) return sources;
    throw new AppError('NOT_FOUND', 'There is no snapshot at that time. Choose a later job.', {
      context: { vaultId: at.vaultId },
    });
  }
}

function tooMany(): AppError {
  const rule = `has to name the resources: there are more than ${MAX_RESOURCES}`;
  return new AppError('INVALID_ARGUMENT', `sources ${rule}. Make several plans.`, {
    context: { field: 'sources', rule },
  });
}
