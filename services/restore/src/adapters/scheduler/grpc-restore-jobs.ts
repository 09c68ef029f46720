import type { JobServiceController } from '@holdfast/contracts/scheduler/v1';
import { parseJobId, type JobId, type TenantId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { RestoreJobs, type RestoreOrder } from '../../app/restore-jobs.port.js';

export class GrpcRestoreJobs extends RestoreJobs {
  readonly #scheduler: GrpcClient<JobServiceController>;

  constructor(scheduler: GrpcConnection) {
    super();
    this.#scheduler = scheduler.client<JobServiceController>('JobService', { repeatable: ['startRestore'] });
  }

  override async start(tenant: TenantId, { targets, ...order }: RestoreOrder): Promise<JobId> {
    const job = await this.#scheduler.startRestore({ tenantId: tenant, ...order, resourceIds: [...targets] });
    return parseJobId(job.jobId);
  }
}
