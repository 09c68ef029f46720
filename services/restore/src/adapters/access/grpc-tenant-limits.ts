import { workLimitsFrom } from '@holdfast/contracts';
import type { BudgetServiceController } from '@holdfast/contracts/auth/v1';
import type { TenantId, WorkLimits } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { TenantLimits } from '../../app/tenant-limits.port.js';

/** Limits as auth cuts leases from them. */
export class GrpcTenantLimits extends TenantLimits {
  readonly #auth: GrpcClient<BudgetServiceController>;

  constructor(auth: GrpcConnection) {
    super();
    this.#auth = auth.client<BudgetServiceController>('BudgetService', { repeatable: ['getLimits'] });
  }

  override async ofRestores(tenant: TenantId): Promise<WorkLimits> {
    return workLimitsFrom(await this.#auth.getLimits({ tenantId: tenant, lane: 'restore' }));
  }
}
