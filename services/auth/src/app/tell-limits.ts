import type { Allowance, TenantId, WorkLimits } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { allowanceOf } from '../domain/budget/allowance.js';
import type { BucketRules, Lane } from '../domain/budget/bucket.js';
import { BudgetBuckets } from './budget-buckets.js';

/** Tells a tenant's limits as its leases are cut from them: by its size, and by the time scale and the share of its cloud. */
@Injectable()
export class TellLimits {
  constructor(private readonly buckets: BudgetBuckets) {}

  async run(tenant: TenantId, lane: Lane): Promise<WorkLimits> {
    const mailbox = await this.buckets.of(tenant, 'outlook');
    const drives = await this.buckets.of(tenant, 'sharepoint');
    const app = await this.buckets.of(tenant, 'app');
    const told = (rules: BucketRules, name: string): Allowance => {
      const meter = rules.meters.find((one) => one.name === name);
      if (!meter) throw new Error(`There is no limit named ${name}.`);
      return allowanceOf(rules, meter, lane);
    };
    return {
      mailRequests: told(mailbox.rules, 'requests'),
      mailUpload: told(mailbox.rules, 'upload'),
      mailAtOnce: mailbox.rules.slots,
      driveMinute: told(drives.rules, 'minute'),
      driveDay: told(drives.rules, 'day'),
      app: told(app.rules, 'requests'),
    };
  }
}
