import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import {
  PlanServiceControllerMethods,
  type CreatePlanRequest,
  type ListPlanStepsRequest,
  type ListPlanStepsResponse,
  type PerformPlanResponse,
  type Plan,
  type PlanRequest,
  type PlanServiceController,
  type RestoreReport,
} from '@holdfast/contracts/restore/v1';
import { parseTenantId, parseVaultId } from '@holdfast/kernel';
import { CalledBy } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import { CreatePlan } from '../../app/create-plan.js';
import { PerformPlan } from '../../app/perform-plan.js';
import { Plans } from '../../app/plans.port.js';
import { ShowPlan } from '../../app/show-plan.js';
import { whenCancelled } from './cancelled.js';
import { actorFrom, invalid, pageFrom, policyFrom, sourcesFrom, targetFolderFrom, wirePlan, wireStep } from './wire.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@Controller()
@PlanServiceControllerMethods()
@CalledBy('gateway')
export class PlanController implements PlanServiceController {
  constructor(
    private readonly create: CreatePlan,
    private readonly perform: PerformPlan,
    private readonly show: ShowPlan,
    private readonly plans: Plans,
  ) {}

  /** Lists the target first, so it may take minutes: callers give it a deadline to match. */
  async createPlan(
    request: CreatePlanRequest,
    _metadata?: Metadata,
    call?: ServerUnaryCall<unknown, unknown>,
  ): Promise<Plan> {
    const tenant = parseTenantId(request.tenantId);
    const sources = sourcesFrom(request.sources);
    const wish = {
      vaultId: parseVaultId(request.vaultId),
      sources,
      policy: policyFrom(request.policy),
      targetFolder: targetFolderFrom(request.targetFolder, sources),
      actor: actorFrom(request.actor),
    };
    return wirePlan(tenant, await this.create.run(tenant, wish, whenCancelled(call)));
  }

  async getPlan(request: PlanRequest): Promise<Plan> {
    const tenant = parseTenantId(request.tenantId);
    return wirePlan(tenant, await this.plans.get(tenant, planIdFrom(request)));
  }

  async listPlanSteps(request: ListPlanStepsRequest): Promise<ListPlanStepsResponse> {
    const tenant = parseTenantId(request.tenantId);
    const page = pageFrom(request);
    const { rows, next } = await this.show.steps(tenant, planIdFrom(request), actorFrom(request.actor), page);
    return { steps: rows.map(wireStep), nextPageToken: next };
  }

  async performPlan(request: PlanRequest): Promise<PerformPlanResponse> {
    return { jobId: await this.perform.run(parseTenantId(request.tenantId), planIdFrom(request)) };
  }

  async getRestoreReport(request: PlanRequest): Promise<RestoreReport> {
    const tenant = parseTenantId(request.tenantId);
    const report = await this.show.report(tenant, planIdFrom(request), actorFrom(request.actor));
    return {
      planId: report.plan.planId,
      jobId: report.plan.isPerformed ? report.plan.jobId : '',
      planned: report.planned,
      done: report.done,
      failed: report.failed,
      verified: report.verified,
      requests: report.requests,
      failures: report.failures.map(wireStep),
      losses: report.losses.map(wireStep),
    };
  }
}

function planIdFrom({ planId }: { readonly planId: string }): string {
  if (UUID.test(planId)) return planId;
  throw invalid('planId', 'a UUID in lower case');
}
