import {
  newPlan,
  page,
  pageQuery,
  performedPlan,
  planStepView,
  planView,
  restoreReportView,
  type PlanStepView,
  type PlanView,
  type RestoreReportView,
} from '@holdfast/contracts/api';
import type { Plan, PlanCounts, PlanStep } from '@holdfast/contracts/restore/v1';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { RestoreSources } from '../../app/restore-sources.js';
import { Route, type Asked } from './route.js';
import { known, pageView, policyOf, WIRE_POLICIES, wirePage } from './words.js';

/** A plan reads the target. */
const PLAN_DEADLINE_MS = 600_000;

const stepQuery = pageQuery(500);

/** Restores: plan, show, perform. */
@Controller()
export class RestoreRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly sources: RestoreSources,
  ) {}

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/restore-plans',
    permission: 'restore:plan',
    summary: 'Compute what a restore would do, against the live target; nothing is written at Microsoft',
    body: newPlan,
    response: planView,
    status: 201,
    audit: { action: 'restore.plan', is: 'change' },
  })
  async create({ params, body, caller }: Asked<'tenantId', undefined, z.output<typeof newPlan>>) {
    const { tenantId } = params;
    const { vaultId, sources } = await this.sources.run(tenantId, body.from, body.sources);
    const plan = await this.peers.plans.createPlan(
      {
        tenantId,
        vaultId,
        sources,
        policy: WIRE_POLICIES[body.policy],
        targetFolder: body.targetFolder ?? '',
        actor: caller.keyId,
      },
      { deadlineMs: PLAN_DEADLINE_MS },
    );
    return planViewOf(plan);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/restore-plans/:planId',
    permission: 'restore:plan',
    summary: 'Show a restore plan',
    response: planView,
  })
  async get({ params, caller }: Asked<'tenantId' | 'planId'>): Promise<PlanView> {
    return planViewOf(await this.peers.plans.getPlan({ ...params, actor: caller.keyId }));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/restore-plans/:planId/steps',
    permission: 'restore:plan',
    summary: "List a plan's steps",
    query: stepQuery,
    response: page(planStepView),
    audit: { action: 'restore.show', is: 'content' },
  })
  async steps({ params, query, caller }: Asked<'tenantId' | 'planId', z.output<typeof stepQuery>>) {
    const request = { ...params, ...wirePage(query), actor: caller.keyId };
    const { steps, nextPageToken } = await this.peers.plans.listPlanSteps(request);
    return pageView(steps.map(stepViewOf), nextPageToken);
  }

  @Route({
    method: 'POST',
    path: 'tenants/:tenantId/restore-plans/:planId/perform',
    permission: 'restore:perform',
    summary:
      'Start the job that performs a plan; a repeat answers the same job, or a further one that goes on where it did not end well',
    response: performedPlan,
    audit: { action: 'restore.perform', is: 'change' },
  })
  async perform({ params, caller }: Asked<'tenantId' | 'planId'>) {
    const { jobId } = await this.peers.plans.performPlan({ ...params, actor: caller.keyId });
    return { planId: params.planId, jobId };
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/restore-plans/:planId/report',
    permission: 'restore:plan',
    summary: 'Show what a restore did; failures and losses are named',
    response: restoreReportView,
    audit: { action: 'restore.report', is: 'content' },
  })
  async report({ params, caller }: Asked<'tenantId' | 'planId'>): Promise<RestoreReportView> {
    const report = await this.peers.plans.getRestoreReport({ ...params, actor: caller.keyId });
    const { planId, done, failed, verified, requests } = report;
    return {
      planId,
      jobId: known(report.jobId),
      planned: countsOf(report.planned),
      done,
      failed,
      verified,
      requests,
      failures: report.failures.map(stepViewOf),
      losses: report.losses.map(stepViewOf),
    };
  }
}

function planViewOf({ planId, vaultId, policy, createdAtMs, jobId, counts, warnings }: Plan): PlanView {
  const shown = { planId, vaultId, policy: policyOf(policy), createdAtMs, warnings };
  return { ...shown, jobId: known(jobId), counts: countsOf(counts) };
}

function countsOf(counts: PlanCounts | undefined): PlanCounts {
  const none = { createFolders: 0, create: 0, overwrite: 0, keepBoth: 0, skip: 0, unchanged: 0 };
  const quote = { bytes: 0, requests: 0, units: 0, uploadBytes: 0, expectedMs: 0, bindingLimit: 'none' };
  return { ...none, ...quote, ...counts };
}

function stepViewOf({ errorCode, errorMessage, ...step }: PlanStep): PlanStepView {
  return { ...step, errorCode: known(errorCode), errorMessage: known(errorMessage) };
}
