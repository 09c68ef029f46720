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

  /** All at once, where all of `standing` can be seen: a retention that ran meanwhile may have let some of them go. Safe to repeat. */
  async run(claims: GrantClaims, going: readonly SnapshotId[], standing: readonly SnapshotId[]): Promise<void> {
    const { tenant, vault, job } = claims;
    const explanation = 'goes because it was made anew without items whose deletion was requested and approved';
    const replaced = { jobId: job, going, standing, explanation };
    if (await this.chains.replace(tenant, vault, chainOf(claims), replaced)) return;
    throw new AppError(
      'DEPENDENCY_UNAVAILABLE',
      'Snapshots that were made anew just now can be seen no more, so those before them stay. They are made anew once more.',
      { context: { jobId: job } },
    );
  }
}

function chainOf({ kind, set, resource, task }: GrantClaims): ChainName {
  if (kind === 'rewriting' && set) return { backupSetId: set, resourceId: resource };
  throw new AppError('GRANT_REFUSED', 'The grant is not for a rewriting task.', { context: { taskId: task } });
}
