import type { ListSnapshotsResponse, Snapshot } from '@holdfast/contracts/storage/v1';
import { AppError, parseVaultId, type JobId, type ResourceId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Peers } from './peers.port.js';

/** A vault and a time, as a person names them: by vault, set or job; without a time, the newest state. */
export interface PointInTime {
  readonly vaultId?: string | undefined;
  readonly backupSetId?: string | undefined;
  readonly jobId?: string | undefined;
  readonly asOfMs?: number | undefined;
}

/** The same in storage's words. */
export interface VaultAsOf {
  readonly vaultId: VaultId;
  /** Empty: of all sets in the vault. */
  readonly backupSetId: string;
  /** Milliseconds since the epoch. */
  readonly asOfMs: number;
}

/** Later than any job, and an instant that a database can hold; storage takes 0 for "all snapshots". */
const NEWEST = Date.UTC(9_999, 0, 1);
const AT_ONCE = 8;

/** Turns points in time into snapshots. */
@Injectable()
export class FindSnapshots {
  constructor(private readonly peers: Peers) {}

  async locate(tenant: TenantId, from: PointInTime): Promise<VaultAsOf> {
    const asOfMs = from.asOfMs ?? NEWEST;
    if (from.jobId !== undefined) {
      const job = await this.peers.jobs.getJob({ tenantId: tenant, jobId: from.jobId });
      if (job.backupSetId === '') throw notABackup(job.jobId);
      return {
        vaultId: parseVaultId(job.vaultId),
        backupSetId: job.backupSetId,
        asOfMs: Math.min(asOfMs, job.startedAtMs),
      };
    }
    if (from.backupSetId !== undefined) {
      const set = await this.peers.backupSets.getBackupSet({ tenantId: tenant, backupSetId: from.backupSetId });
      return { vaultId: parseVaultId(set.vaultId), backupSetId: set.backupSetId, asOfMs };
    }
    if (from.vaultId === undefined)
      throw new AppError('INVALID_ARGUMENT', 'Name a backup set, a job or a vault.', {
        context: { field: 'backupSetId', rule: 'given, or one of jobId and vaultId' },
      });
    // A vault that there is not would look like an empty one.
    const { vaultId } = await this.peers.keys.getVault({ tenantId: tenant, vaultId: from.vaultId });
    return { vaultId: parseVaultId(vaultId), backupSetId: '', asOfMs };
  }

  /** The snapshot that a resource has at the time; NOT_FOUND when it has none yet. */
  async ofResource(tenant: TenantId, at: VaultAsOf, resource: ResourceId | string): Promise<Snapshot> {
    const { snapshots } = await this.#list(tenant, at, resource, 1, '');
    const [snapshot] = snapshots;
    if (snapshot) return snapshot;
    throw new AppError('NOT_FOUND', `There is no snapshot of ${resource} at that time. Choose a later job.`, {
      context: { resourceId: resource, vaultId: at.vaultId },
    });
  }

  /** The same for several resources, in their order. */
  async ofResources(tenant: TenantId, at: VaultAsOf, resources: readonly string[]): Promise<readonly Snapshot[]> {
    const found: Snapshot[] = [];
    for (let from = 0; from < resources.length; from += AT_ONCE) {
      const some = resources.slice(from, from + AT_ONCE);
      found.push(...(await Promise.all(some.map((resource) => this.ofResource(tenant, at, resource)))));
    }
    return found;
  }

  /** The snapshots of all resources at the time, a page of them. */
  page(tenant: TenantId, at: VaultAsOf, pageSize: number, pageToken: string): Promise<ListSnapshotsResponse> {
    return this.#list(tenant, at, '', pageSize, pageToken);
  }

  /** The snapshot that the job itself made of the resource. */
  async ofJob(tenant: TenantId, jobId: JobId, resource: ResourceId): Promise<Snapshot> {
    const job = await this.peers.jobs.getJob({ tenantId: tenant, jobId });
    if (job.backupSetId === '') throw notABackup(job.jobId);
    const { snapshots } = await this.peers.snapshots.listSnapshots({
      tenantId: tenant,
      vaultId: job.vaultId,
      backupSetId: job.backupSetId,
      jobId,
      resourceId: resource,
      asOfMs: 0,
      pageSize: 1,
      pageToken: '',
    });
    const [snapshot] = snapshots;
    if (snapshot) return snapshot;
    throw new AppError(
      'NOT_FOUND',
      `No snapshot of ${resource} is kept of this job: it made none, or retention or a deletion let it go.`,
      {
        context: { jobId, resourceId: resource },
      },
    );
  }

  #list(tenant: TenantId, at: VaultAsOf, resourceId: string, pageSize: number, pageToken: string) {
    return this.peers.snapshots.listSnapshots({
      tenantId: tenant,
      vaultId: at.vaultId,
      backupSetId: at.backupSetId,
      jobId: '',
      resourceId,
      asOfMs: at.asOfMs,
      pageSize,
      pageToken,
    });
  }
}

function notABackup(jobId: string): AppError {
  return new AppError('FAILED_PRECONDITION', 'This job is no backup and made no snapshots. Choose a backup job.', {
    context: { jobId },
  });
}
