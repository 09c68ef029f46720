import { workLimitsFrom } from '@holdfast/contracts';
import type { BudgetServiceController } from '@holdfast/contracts/auth/v1';
import type { TenantId, WorkLimits } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { TenantLimits } from '../../app/quote-grounds.port.js';

/** Limits as auth cuts leases from them. */
export class GrpcTenantLimits extends TenantLimits {
  readonly #auth: GrpcClient<BudgetServiceController>;

  constructor(auth: GrpcConnection) {
    super();
    this.#auth = auth.client<BudgetServiceController>('BudgetService', { repeatable: ['getLimits'] });
  }

  override async ofBackups(tenant: TenantId): Promise<WorkLimits> {
    // Increments and first fulls are given alike while nobody else asks.
    return workLimitsFrom(await this.#auth.getLimits({ tenantId: tenant, lane: 'increment' }));
  }
}
