import type { Metadata } from '@grpc/grpc-js';
import { taskReport, type GrantClaims } from '@holdfast/contracts';
import {
  GrantKeyServiceControllerMethods,
  TaskServiceControllerMethods,
  type FailTaskRequest,
  type FinishTaskRequest,
  type FinishTaskResponse,
  type GrantKeyServiceController,
  type GrantPlanningRequest,
  type GrantPlanningResponse,
  type LeaseNextTaskRequest,
  type LeaseTaskRequest,
  type LeaseTaskResponse,
  type ListGrantKeysResponse,
  type Progress as WireProgress,
  type RenewLeaseRequest,
  type RenewLeaseResponse,
  type SaveCheckpointRequest,
  type SaveCheckpointResponse,
  type TaskServiceController,
} from '@holdfast/contracts/scheduler/v1';
import { AppError, parseResourceId, parseTaskId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy, callerOf } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { FailTask } from '../../app/fail-task.js';
import { GrantSigner } from '../../app/grant-signer.port.js';
import type { Progress } from '../../app/jobs.port.js';
import { GrantPlanning } from '../../app/grant-planning.js';
import { LeaseTask, type Lease } from '../../app/lease-task.js';
import { Tasks } from '../../app/tasks.port.js';
import { jobKindFrom, outcomeFrom, wireTask } from './wire.js';

const MAX_CHECKPOINT_BYTES = 64 * 1024;
const NO_PROGRESS: Progress = {
  itemsDone: 0,
  itemsExpected: 0,
  bytesDone: 0,
  requests: 0,
  throttled: 0,
  requestMs: 0,
};

@Controller()
@TaskServiceControllerMethods()
@CalledBy('crawler', 'restore', 'storage')
export class TaskController implements TaskServiceController {
  constructor(
    private readonly tasks: Tasks,
    private readonly leases: LeaseTask,
    private readonly failures: FailTask,
    private readonly planning: GrantPlanning,
    private readonly signer: GrantSigner,
  ) {}

  async leaseTask(request: LeaseTaskRequest, metadata?: Metadata): Promise<LeaseTaskResponse> {
    const worker = { identity: callerOf(metadata), name: request.worker };
    return wireLease(await this.leases.run(parseTenantId(request.tenantId), parseTaskId(request.taskId), worker));
  }

  async leaseNextTask(request: LeaseNextTaskRequest, metadata?: Metadata): Promise<LeaseTaskResponse> {
    const worker = { identity: callerOf(metadata), name: request.worker };
    return wireLease(await this.leases.next(jobKindFrom(request.kind), request.tenantIds.map(parseTenantId), worker));
  }

  async renewLease(request: RenewLeaseRequest, metadata?: Metadata): Promise<RenewLeaseResponse> {
    const claims = await this.#held(request.grant, metadata);
    return this.leases.renew(claims, progressFrom(request.progress));
  }

  async saveCheckpoint(request: SaveCheckpointRequest, metadata?: Metadata): Promise<SaveCheckpointResponse> {
    const claims = await this.#held(request.grant, metadata);
    if (request.checkpoint.length > MAX_CHECKPOINT_BYTES)
      throw new AppError(
        'INVALID_ARGUMENT',
        'checkpoint has to be at most 64 KiB; what is larger belongs into the vault.',
        {
          context: { field: 'checkpoint', rule: 'at most 64 KiB' },
        },
      );
    await this.tasks.saveCheckpoint(claims.tenant, { taskId: claims.task, epoch: claims.epoch }, request.checkpoint);
    return {};
  }

  async finishTask(request: FinishTaskRequest, metadata?: Metadata): Promise<FinishTaskResponse> {
    const claims = await this.#held(request.grant, metadata);
    await this.tasks.finish(
      claims.tenant,
      { taskId: claims.task, epoch: claims.epoch },
      {
        outcome: outcomeFrom(request.outcome),
        progress: progressFrom(request.progress),
        report: taskReport.parse(JSON.parse(request.reportJson)),
        snapshotId: request.snapshotId,
        errorCode: '',
        errorMessage: '',
      },
    );
    return {};
  }

  async failTask(request: FailTaskRequest, metadata?: Metadata): Promise<FinishTaskResponse> {
    const claims = await this.#held(request.grant, metadata);
    await this.failures.run(
      claims.tenant,
      { taskId: claims.task, epoch: claims.epoch },
      {
        code: request.errorCode,
        message: request.errorMessage,
        canRetry: request.canRetry,
        retryAfterMs: request.retryAfterMs,
      },
    );
    return {};
  }

  @CalledBy('restore')
  async grantPlanning(request: GrantPlanningRequest, metadata?: Metadata): Promise<GrantPlanningResponse> {
    return this.planning.run(parseTenantId(request.tenantId), {
      planId: request.planId,
      vaultId: parseVaultId(request.vaultId),
      resourceId: parseResourceId(request.resourceId),
      holder: callerOf(metadata),
    });
  }

  /** Expiry is the task table's to judge: a late holder whose task nobody has taken may still speak for it. */
  async #held(grant: string, metadata: Metadata | undefined): Promise<GrantClaims> {
    const claims = await this.signer.read(grant);
    if (claims.holder !== callerOf(metadata))
      throw new AppError('GRANT_REFUSED', 'The grant was given to another service.', {
        context: { taskId: claims.task },
      });
    return claims;
  }
}

@Controller()
@GrantKeyServiceControllerMethods()
@CalledBy('auth', 'storage')
export class GrantKeyController implements GrantKeyServiceController {
  constructor(private readonly signer: GrantSigner) {}

  async listGrantKeys(): Promise<ListGrantKeysResponse> {
    return { jwks: [...(await this.signer.publicKeys())] };
  }
}

const progressFrom = (wire: WireProgress | undefined): Progress => ({ ...NO_PROGRESS, ...wire });

function wireLease(lease: Lease | undefined): LeaseTaskResponse {
  if (!lease) return { lease: undefined };
  return {
    lease: {
      grant: lease.grant,
      leaseMs: lease.leaseMs,
      task: wireTask(lease.task),
      backupSetId: lease.backupSetId ?? '',
      vaultId: lease.vaultId,
      timeZone: lease.timeZone,
      planId: lease.planId ?? '',
      checkpoint: Buffer.from(lease.checkpoint),
      fullCheck: lease.fullCheck,
      jobStartedAtMs: lease.jobStartedAtMs,
      lane: lease.lane,
      traceparent: lease.traceparent ?? '',
      termsJson: lease.termsJson ?? '',
      excludedItemIds: [...lease.excludedItemIds],
    },
  };
}
