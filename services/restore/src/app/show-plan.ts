import type { TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { withSuffix } from '../domain/keep-both-name.js';
import type { PlanCounts } from '../domain/plan-counts.js';
import type { Page, PageRequest } from './browse.js';
import { ItemPaths } from './item-paths.js';
import { OpenedVaults } from './opened-vaults.js';
import { readPageToken, writePageToken } from './page-token.js';
import { type Plan, type PlanProgress, Plans, type Step } from './plans.port.js';

/** A step with the words that only the vault has. */
export interface ShownStep extends Step {
  readonly sourceResourceId: string;
  readonly name: string;
  readonly path: string;
}

export interface RestoreReport extends PlanProgress {
  readonly plan: Plan;
  readonly planned: PlanCounts;
  readonly failures: readonly ShownStep[];
  /** Steps whose item lost something; `cause` names it. */
  readonly losses: readonly ShownStep[];
}

const MAX_NAMED = 200;
const token = z.int().min(1);

/** Shows plans and what became of them; names and paths are read from the vault when they are asked for. */
@Injectable()
export class ShowPlan {
  constructor(
    private readonly plans: Plans,
    private readonly vaults: OpenedVaults,
  ) {}

  async steps(tenant: TenantId, planId: string, actor: string, page: PageRequest): Promise<Page<ShownStep>> {
    const plan = await this.plans.get(tenant, planId);
    const after = readPageToken(page.token, token) ?? 0;
    const steps = await this.plans.steps(tenant, planId, after, page.size + 1);
    const shown = steps.slice(0, page.size);
    const last = shown.at(-1);
    return {
      rows: await this.#named(tenant, plan, shown, actor),
      next: steps.length > page.size && last ? writePageToken(last.number) : '',
    };
  }

  async report(tenant: TenantId, planId: string, actor: string): Promise<RestoreReport> {
    const plan = await this.plans.get(tenant, planId);
    const progress = await this.plans.progress(tenant, planId);
    const failed = await this.plans.failures(tenant, planId, MAX_NAMED);
    const lost = await this.plans.losses(tenant, planId, MAX_NAMED);
    const named = await this.#named(tenant, plan, [...failed, ...lost], actor);
    const isFailed = ({ state }: ShownStep) => state === 'failed';
    return {
      plan,
      planned: plan.counts,
      ...progress,
      failures: named.filter(isFailed),
      losses: named.filter((step) => !isFailed(step)),
    };
  }

  async #named(tenant: TenantId, plan: Plan, steps: readonly Step[], actor: string): Promise<ShownStep[]> {
    if (steps.length === 0) return [];
    const vault = await this.vaults.toRead(tenant, plan.vaultId, { actor, reason: 'plan' });
    const shown = new Map<number, ShownStep>();
    for (const [number, group] of Map.groupBy(steps, (step) => step.source)) {
      const source = plan.sources.find((one) => one.number === number);
      if (!source) continue;
      const snapshot = await vault.snapshot(source.resourceId, source.snapshotId);
      const paths = new ItemPaths(snapshot);
      const records = await vault.items.getMany(
        snapshot.body.items,
        group.map(({ itemId }) => itemId),
      );
      for (const [at, step] of group.entries()) {
        const record = records[at];
        shown.set(step.number, {
          ...step,
          sourceResourceId: source.resourceId,
          name: record ? withSuffix(record.name, step.suffix) : '',
          path: (await paths.names(record?.parentId)).join('/'),
        });
      }
    }
    return steps.flatMap(({ number }) => shown.get(number) ?? []);
  }
}
