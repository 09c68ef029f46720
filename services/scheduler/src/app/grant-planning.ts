import { Clock, parseJobId, parseTaskId, type ResourceId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { GrantSigner } from './grant-signer.port.js';
import { LeaseLength } from './lease-task.js';

export interface PlanningWish {
  readonly planId: string;
  readonly vaultId: VaultId;
  /** What the plan would write to. */
  readonly resourceId: ResourceId;
  readonly holder: string;
}

/** Grants a look at a resource for a restore plan. The plan's id stands for job and task: there is neither yet. */
@Injectable()
export class GrantPlanning {
  constructor(
    private readonly signer: GrantSigner,
    private readonly length: LeaseLength,
    private readonly clock: Clock,
  ) {}

  async run(tenant: TenantId, wish: PlanningWish): Promise<{ readonly grant: string; readonly leaseMs: number }> {
    const exp = Math.floor((this.clock.now() + this.length.ms) / 1_000);
    const grant = await this.signer.sign({
      exp,
      kind: 'restore',
      tenant,
      vault: wish.vaultId,
      job: parseJobId(wish.planId),
      task: parseTaskId(wish.planId),
      resource: wish.resourceId,
      lane: 'restore',
      epoch: 1,
      holder: wish.holder,
    });
    return { grant, leaseMs: this.length.ms };
  }
}
