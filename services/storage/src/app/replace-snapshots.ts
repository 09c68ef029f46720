import type { GrantClaims } from '@holdfast/contracts';
import { AppError, type SnapshotId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { RetainedChains } from './retained-chains.port.js';
import { type ChainName, Snapshots, type SnapshotPage, type StoredSnapshot } from './snapshots.port.js';

/** What a rewriting task sees of its chain, and what it takes out of sight. */
@Injectable()
export class ReplaceSnapshots {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly chains: RetainedChains,
  ) {}

  /** The visible ones, newest first. */
  list(claims: GrantClaims, page: { readonly size: number; readonly token: string }): Promise<SnapshotPage> {
    return this.snapshots.list(claims.tenant, claims.vault, chainOf(claims), page);
  }

  /** Not marked as read, so that space freeing may take what it holds as soon as it is replaced. */
  async open(claims: GrantClaims, id: SnapshotId): Promise<StoredSnapshot> {
    const { backupSetId, resourceId } = chainOf(claims);
    const found = await this.snapshots.stored(claims.tenant, claims.vault, id);
    if (found?.committedAt !== undefined && found.backupSetId === backupSetId && found.resourceId === resourceId)
      return found;
    throw new AppError('NOT_FOUND', 'The chain has no such snapshot.', { context: { snapshotId: id } });
  }

  /** All at once. Safe to repeat. */
  async run(claims: GrantClaims, ids: readonly SnapshotId[]): Promise<void> {
    const { tenant, vault, job } = claims;
    const chain = chainOf(claims);
    const going = new Set(ids);
    const explanation = 'goes because it was made anew without items whose deletion was requested and approved';
    const verdicts = (await this.chains.snapshots(tenant, vault, chain))
      .filter(({ snapshot }) => going.has(snapshot))
      .map(({ snapshot }) => ({ snapshot, stays: false, explanation }));
    await this.chains.save(tenant, vault, chain, { jobId: job, verdicts, retire: true, erase: true });
  }
}

function chainOf({ kind, set, resource, task }: GrantClaims): ChainName {
  if (kind === 'rewriting' && set) return { backupSetId: set, resourceId: resource };
  throw new AppError('GRANT_REFUSED', 'The grant is not for a rewriting task.', { context: { taskId: task } });
}
