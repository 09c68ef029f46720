import type { TaskServiceController } from '@holdfast/contracts/scheduler/v1';
import { GraphClient, RequestCounters, Transport } from '@holdfast/graph';
import { type Clock, type ResourceId, resourceParts, type TenantId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import {
  AppSlices,
  AuthTokenSource,
  type FenceBoard,
  GraphTelemetry,
  type HeldTask,
  type LaneGrant,
  LeasedBudget,
} from '@holdfast/worker';
import { randomBytes } from 'node:crypto';
import { type PlanningTarget, type TargetAccess, TargetAccesses } from '../../app/target-access.port.js';
import { PlanningGrant } from './planning-grant.js';
import { workloadAt } from './workload-at.js';

/** Who acts, and under which grant. */
interface Holder {
  readonly tenant: TenantId;
  readonly live: LaneGrant;
}

/** Tokens and budgets from auth, against a task's grant or one to plan. */
export class GrpcTargetAccesses extends TargetAccesses {
  readonly #scheduler: GrpcClient<TaskServiceController>;
  readonly #transports = new Map<string, Transport>();
  readonly #apps: AppSlices;

  constructor(
    private readonly auth: GrpcConnection,
    scheduler: GrpcConnection,
    private readonly fences: FenceBoard,
    private readonly clock: Clock,
  ) {
    super();
    this.#apps = new AppSlices(fences, clock);
    this.#scheduler = scheduler.client<TaskServiceController>('TaskService', { repeatable: ['grantPlanning'] });
  }

  override toPerform(held: HeldTask): Promise<TargetAccess> {
    return this.#open({ tenant: held.lease.tenantId, live: held }, held.lease.resourceId, async () => undefined);
  }

  override async toPlan(tenant: TenantId, target: PlanningTarget): Promise<TargetAccess> {
    const grant = await PlanningGrant.open(this.#scheduler, tenant, target, this.clock);
    try {
      return await this.#open({ tenant, live: grant }, target.resourceId, () => grant.release());
    } catch (error) {
      await grant.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const transport of this.#transports.values()) await transport.close();
  }

  async #open({ tenant, live }: Holder, resource: ResourceId, release: () => Promise<void>): Promise<TargetAccess> {
    const tokens = new AuthTokenSource(this.auth, live, this.clock);
    const { auth, clock, fences } = this;
    const budget = new LeasedBudget({ tenant, auth, live, clock, fences, apps: this.#apps });
    const counters = new RequestCounters();
    const { graphBaseUrl, caPem } = await tokens.get();
    const client = new GraphClient({
      cloud: { name: graphBaseUrl, loginBaseUrl: graphBaseUrl, graphBaseUrl },
      transport: this.#transport(caPem),
      tokens,
      budget,
      clock: this.clock,
      random: randomBytes,
      counters,
      observer: new GraphTelemetry(),
    });
    return {
      ...workloadAt(client, resourceParts(resource)),
      totals: () => counters.totals(),
      close: async () => {
        await budget.close();
        await release();
      },
    };
  }

  #transport(caPem: string): Transport {
    const known = this.#transports.get(caPem);
    if (known) return known;
    const made = new Transport(caPem === '' ? {} : { caPem });
    this.#transports.set(caPem, made);
    return made;
  }
}
