import type { GrantClaims } from '@holdfast/contracts';
import { AppError, Clock, type TaskId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { grantEnd } from '../domain/grant-end.js';
import { worksOn } from '../domain/worker-kinds.js';
import { Deletions } from './deletions.port.js';
import { GrantSigner } from './grant-signer.port.js';
import type { JobKind } from '../domain/job-kind.js';
import type { Progress } from './jobs.port.js';
import { Tasks, type LeasedTask } from './tasks.port.js';

export interface Lease extends LeasedTask {
  readonly grant: string;
  /** Milliseconds from now. */
  readonly leaseMs: number;
  /** Items that a backup keeps out of the resource. */
  readonly excludedItemIds: readonly string[];
}

/** What a renewed lease brings. */
export interface Renewal {
  readonly grant: string;
  /** Milliseconds from now. */
  readonly leaseMs: number;
  readonly isStopRequested: boolean;
}

export interface Worker {
  /** Identity proven by certificate or socket; the grant names it as its holder. */
  readonly identity: string;
  /** Name of the process, for the log. */
  readonly name: string;
}

/** How long a lease lasts unless it is renewed. */
export abstract class LeaseLength {
  abstract readonly ms: number;
}

/** Hands a task to a worker with a grant that opens what the task needs, and nothing else; and renews both. */
@Injectable()
export class LeaseTask {
  constructor(
    private readonly tasks: Tasks,
    private readonly signer: GrantSigner,
    private readonly length: LeaseLength,
    private readonly deletions: Deletions,
    private readonly clock: Clock,
  ) {}

  async run(tenant: TenantId, task: TaskId, worker: Worker): Promise<Lease | undefined> {
    const { kind } = await this.tasks.get(tenant, task);
    requireWorker(worker, kind);
    const leased = await this.tasks.lease(tenant, task, worker.name, this.length.ms);
    return leased && this.#granted(leased, worker);
  }

  async next(kind: JobKind, tenants: readonly TenantId[], worker: Worker): Promise<Lease | undefined> {
    requireWorker(worker, kind);
    const leased = await this.tasks.leaseNext(kind, tenants, worker.name, this.length.ms);
    return leased && this.#granted(leased, worker);
  }

  /** Under a grant whose holder the caller has made sure of. GRANT_REFUSED once another has the task. */
  async renew(claims: GrantClaims, progress: Progress): Promise<Renewal> {
    const holding = { taskId: claims.task, epoch: claims.epoch };
    const { expiresAtMs, isStopRequested } = await this.tasks.renew(claims.tenant, holding, progress, this.length.ms);
    const grant = await this.signer.sign({ ...claims, exp: this.#endOf(expiresAtMs) });
    return { grant, leaseMs: this.length.ms, isStopRequested };
  }

  #endOf(leaseEndsAtMs: number): number {
    return grantEnd({ leaseEndsAtMs, nowMs: this.clock.now(), leaseMs: this.length.ms });
  }

  async #granted(leased: LeasedTask, worker: Worker): Promise<Lease> {
    const { task } = leased;
    const claims: Omit<GrantClaims, 'iss'> = {
      exp: this.#endOf(leased.expiresAtMs),
      kind: task.kind,
      tenant: task.tenantId,
      ...(leased.backupSetId && { set: leased.backupSetId }),
      vault: leased.vaultId,
      job: task.jobId,
      task: task.taskId,
      resource: task.resourceId,
      lane: leased.lane,
      epoch: task.epoch,
      ...(leased.checkpoint.length > 0 && { resumed: true }),
      holder: worker.identity,
    };
    const grant = await this.signer.sign(claims);
    return { ...leased, leaseMs: this.length.ms, grant, excludedItemIds: await this.#excluded(leased) };
  }

  async #excluded({ task, backupSetId }: LeasedTask): Promise<readonly string[]> {
    if (task.kind !== 'backup' || !backupSetId) return [];
    return this.deletions.excludedItems(task.tenantId, backupSetId, task.resourceId);
  }
}

function requireWorker({ identity }: Worker, kind: JobKind): void {
  if (worksOn(identity, kind)) return;
  throw new AppError('PERMISSION_DENIED', `The service ${identity} does not work on ${kind} tasks.`, {
    context: { caller: identity, kind },
  });
}
