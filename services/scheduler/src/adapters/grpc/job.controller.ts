import {
  JobServiceControllerMethods,
  type Job,
  type JobRequest,
  type JobServiceController,
  type ListJobsRequest,
  type ListJobsResponse,
  type ListTasksRequest,
  type ListTasksResponse,
  type StartBackupRequest,
  type StartFreeingRequest,
  type StartRebuildRequest,
  type StartCheckRequest,
  type StartRestoreRequest,
  type StartRetentionRequest,
} from '@holdfast/contracts/scheduler/v1';
import { parseBackupSetId, parseJobId, parseResourceId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { Jobs } from '../../app/jobs.port.js';
import { StartBackup } from '../../app/start-backup.js';
import { StartHousekeeping } from '../../app/start-housekeeping.js';
import { StartRebuild } from '../../app/start-rebuild.js';
import { StartCheck } from '../../app/start-check.js';
import { StartRestore } from '../../app/start-restore.js';
import { checkTermsFrom, pageFrom, wireJob, wireTask } from './wire.js';

@Controller()
@JobServiceControllerMethods()
@CalledBy('gateway', 'restore')
export class JobController implements JobServiceController {
  constructor(
    private readonly jobs: Jobs,
    private readonly startBackupVerb: StartBackup,
    private readonly startRestoreVerb: StartRestore,
    private readonly startHousekeeping: StartHousekeeping,
    private readonly startRebuildVerb: StartRebuild,
    private readonly startCheckVerb: StartCheck,
  ) {}

  @CalledBy('gateway')
  async startBackup(request: StartBackupRequest): Promise<Job> {
    const tenant = parseTenantId(request.tenantId);
    const set = parseBackupSetId(request.backupSetId);
    return wireJob(await this.startBackupVerb.run(tenant, set, { fullCheck: request.fullCheck }));
  }

  @CalledBy('restore')
  async startRestore(request: StartRestoreRequest): Promise<Job> {
    const job = await this.startRestoreVerb.run(parseTenantId(request.tenantId), {
      jobId: parseJobId(request.jobId),
      planId: request.planId,
      vaultId: parseVaultId(request.vaultId),
      targets: request.resourceIds.map(parseResourceId),
    });
    return wireJob(job);
  }

  @CalledBy('gateway')
  async startRetention({ tenantId, backupSetId, dryRun }: StartRetentionRequest): Promise<Job> {
    const set = parseBackupSetId(backupSetId);
    return wireJob(await this.startHousekeeping.run(parseTenantId(tenantId), set, { kind: 'retention', dryRun }));
  }

  @CalledBy('gateway')
  async startFreeing({ tenantId, backupSetId, dryRun }: StartFreeingRequest): Promise<Job> {
    const set = parseBackupSetId(backupSetId);
    return wireJob(await this.startHousekeeping.run(parseTenantId(tenantId), set, { kind: 'freeing', dryRun }));
  }

  @CalledBy('gateway')
  async startRebuild({ tenantId, vaultId }: StartRebuildRequest): Promise<Job> {
    return wireJob(await this.startRebuildVerb.run(parseTenantId(tenantId), parseVaultId(vaultId)));
  }

  @CalledBy('gateway')
  async startCheck({ tenantId, vaultId, termsJson }: StartCheckRequest): Promise<Job> {
    const terms = checkTermsFrom(termsJson);
    return wireJob(await this.startCheckVerb.run(parseTenantId(tenantId), parseVaultId(vaultId), terms));
  }

  async stopJob(request: JobRequest): Promise<Job> {
    return wireJob(await this.jobs.requestStop(parseTenantId(request.tenantId), parseJobId(request.jobId)));
  }

  async getJob(request: JobRequest): Promise<Job> {
    return wireJob(await this.jobs.get(parseTenantId(request.tenantId), parseJobId(request.jobId)));
  }

  async listJobs(request: ListJobsRequest): Promise<ListJobsResponse> {
    const set = request.backupSetId ? parseBackupSetId(request.backupSetId) : undefined;
    const { rows, next } = await this.jobs.list(parseTenantId(request.tenantId), set, pageFrom(request));
    return { jobs: rows.map(wireJob), nextPageToken: next ?? '' };
  }

  async listTasks(request: ListTasksRequest): Promise<ListTasksResponse> {
    const tenant = parseTenantId(request.tenantId);
    const { rows, next } = await this.jobs.listTasks(tenant, parseJobId(request.jobId), pageFrom(request));
    return { tasks: rows.map(wireTask), nextPageToken: next ?? '' };
  }
}
