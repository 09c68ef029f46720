import { budgetFenced, type BudgetFenced } from '@holdfast/contracts';
import type { TenantId } from '@holdfast/kernel';
import { EventBus, Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Workers, type Recalled } from '../../app/workers.port.js';

@Injectable()
export class BusWorkers extends Workers {
  constructor(
    private readonly bus: EventBus,
    private readonly logger: Logger,
  ) {
    super();
  }

  override async recall(tenant: TenantId, what: Recalled): Promise<void> {
    try {
      await this.bus.signal(budgetFenced, { tenantId: tenant, ...placeOf(what) });
    } catch (error) {
      this.logger.warn('Workers could not be told of a fence: they learn of it with their next ask', { tenant, error });
    }
  }
}

function placeOf(what: Recalled): Pick<BudgetFenced, 'bucket' | 'mailbox'> {
  if (what === 'all' || what.service === 'app') return { bucket: 'all', mailbox: '' };
  return { bucket: what.service, mailbox: what.mailbox };
}
