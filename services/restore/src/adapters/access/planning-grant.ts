import type { TaskServiceController } from '@holdfast/contracts/scheduler/v1';
import { AppError, type Clock, type TenantId } from '@holdfast/kernel';
import type { GrpcClient } from '@holdfast/platform';
import type { LaneGrant } from '@holdfast/worker';
import type { PlanningTarget } from '../../app/target-access.port.js';

const RENEW_AT = 1 / 3;
const SHORTEST_WAIT_MS = 250;

/** A grant to look at a target, renewed for as long as its plan is in the making. */
export class PlanningGrant implements LaneGrant {
  readonly lane = 'restore';
  readonly #stop = new AbortController();
  #renewing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly ask: () => Promise<{ readonly grant: string; readonly leaseMs: number }>,
    private readonly clock: Clock,
    private live: { readonly grant: string; readonly leaseMs: number },
  ) {}

  static async open(
    scheduler: GrpcClient<TaskServiceController>,
    tenant: TenantId,
    target: PlanningTarget,
    clock: Clock,
  ): Promise<PlanningGrant> {
    const ask = () => scheduler.grantPlanning({ tenantId: tenant, ...target });
    const held = new PlanningGrant(ask, clock, await ask());
    held.#renewing = held.#keepRenewing();
    return held;
  }

  get grant(): string {
    return this.live.grant;
  }

  async release(): Promise<void> {
    this.#stop.abort(new AppError('STOPPED', 'The plan is made.'));
    await this.#renewing;
  }

  async #keepRenewing(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const waitMs = Math.max(SHORTEST_WAIT_MS, this.live.leaseMs * RENEW_AT);
        await this.clock.sleep(waitMs, this.#stop.signal);
        this.live = await this.ask();
      } catch {
        // Asked again while the grant lasts; after that whoever is shown it refuses.
      }
    }
  }
}
