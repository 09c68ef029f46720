import { AppError, type JobId, parseResourceId, type ResourceId, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  type NewPlan,
  type NewStep,
  type Plan,
  type PlanProgress,
  Plans,
  type Step,
  type StepEnd,
  type TargetTally,
} from '../../app/plans.port.js';
import { COUNT_OF, type PlanCounts, WRITING } from '../../domain/plan-counts.js';
import { STEP_ACTIONS } from '../../domain/plan-step.js';
import { planFrom, stepFrom, stepRow } from './plan-rows.js';
import type { RestoreSchema, Tx } from './restore-database.js';

/** A plan that has been in the making for longer was left behind by a process that ended. */
const LEFT_BEHIND = sql<Date>`now() - interval '1 day'`;

@Injectable()
export class PostgresPlans extends Plans {
  constructor(private readonly database: Database<RestoreSchema, never>) {
    super();
  }

  override beginPlanning(tenant: TenantId, plan: NewPlan): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .deleteFrom('plans')
        .where('tenant_id', '=', tenant)
        .where('is_ready', '=', false)
        .where('created_at', '<', LEFT_BEHIND)
        .execute();
      await tx
        .insertInto('plans')
        .values({
          tenant_id: tenant,
          plan_id: plan.planId,
          job_id: plan.jobId,
          vault_id: plan.vaultId,
          policy: plan.policy,
          target_folder: Buffer.from(plan.sealedTargetFolder),
        })
        .execute();
      const sources = plan.sources.map((source) => ({
        tenant_id: tenant,
        plan_id: plan.planId,
        number: source.number,
        resource_id: source.resourceId,
        snapshot_id: source.snapshotId,
        target_id: source.targetId,
        item_ids: JSON.stringify(source.itemIds),
      }));
      await tx.insertInto('plan_sources').values(sources).execute();
    });
  }

  override addSteps(tenant: TenantId, planId: string, steps: readonly NewStep[]): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .insertInto('plan_steps')
        .values(steps.map((step) => stepRow(tenant, planId, step)))
        .execute();
    });
  }

  override chosenTwice(tenant: TenantId, planId: string): Promise<Pick<NewStep, 'itemId' | 'targetId'> | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql<{ item_id: string; target_id: string }>`
        select t.item_id, t.target_id from plan_steps t
        join plan_sources s on s.tenant_id = t.tenant_id and s.plan_id = t.plan_id and s.number = t.source
        where t.tenant_id = ${tenant} and t.plan_id = ${planId} and t.action <> 'create-folder'
        group by s.resource_id, t.target_id, t.item_id having count(distinct t.source) > 1
        limit 1`.execute(tx);
      const [found] = rows;
      return found && { itemId: found.item_id, targetId: parseResourceId(found.target_id) };
    });
  }

  override finishPlanning(
    tenant: TenantId,
    planId: string,
    { counts, warnings }: Pick<Plan, 'counts' | 'warnings'>,
  ): Promise<Plan> {
    return this.database.inTenant(tenant, async (tx) => {
      await requireSteps(tx, tenant, planId, counts);
      await tx
        .updateTable('plans')
        .set({ is_ready: true, counts: JSON.stringify(counts), warnings: JSON.stringify(warnings) })
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .execute();
      return readPlan(tx, tenant, planId);
    });
  }

  override drop(tenant: TenantId, planId: string): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx.deleteFrom('plans').where('tenant_id', '=', tenant).where('plan_id', '=', planId).execute();
    });
  }

  override get(tenant: TenantId, planId: string): Promise<Plan> {
    return this.database.inTenant(tenant, (tx) => readPlan(tx, tenant, planId));
  }

  override notePerformed(tenant: TenantId, planId: string): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .updateTable('plans')
        .set({ performed_at: sql<Date>`now()` })
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .execute();
    });
  }

  override noteJob(tenant: TenantId, planId: string, jobId: JobId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .updateTable('plans')
        .set({ job_id: jobId })
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .execute();
    });
  }

  override steps(tenant: TenantId, planId: string, after: number, limit: number): Promise<readonly Step[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await stepsOf(tx, tenant, planId).where('number', '>', after).limit(limit).execute();
      return rows.map(stepFrom);
    });
  }

  override failures(tenant: TenantId, planId: string, limit: number): Promise<readonly Step[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await stepsOf(tx, tenant, planId).where('state', '=', 'failed').limit(limit).execute();
      return rows.map(stepFrom);
    });
  }

  override losses(tenant: TenantId, planId: string, limit: number): Promise<readonly Step[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await stepsOf(tx, tenant, planId)
        .where('state', '=', 'done')
        .where('action', 'in', WRITING)
        .where('cause', '<>', '')
        .limit(limit)
        .execute();
      return rows.map(stepFrom);
    });
  }

  override progress(tenant: TenantId, planId: string): Promise<PlanProgress> {
    return this.database.inTenant(tenant, async (tx) => {
      const counts = await tx
        .selectFrom('plan_steps')
        .select([
          sql<number>`count(*) filter (where state = 'done')`.as('done'),
          sql<number>`count(*) filter (where state = 'failed')`.as('failed'),
          sql<number>`count(*) filter (where is_verified)`.as('verified'),
        ])
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .where('action', 'in', WRITING)
        .executeTakeFirstOrThrow();
      const { requests } = await tx
        .selectFrom('plans')
        .select('requests')
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .executeTakeFirstOrThrow();
      return { ...counts, requests };
    });
  }

  override open(
    tenant: TenantId,
    planId: string,
    target: ResourceId,
    after: number,
    limit: number,
  ): Promise<readonly Step[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await stepsOf(tx, tenant, planId)
        .where('target_id', '=', target)
        .where('state', 'in', ['planned', 'doing'])
        .where('number', '>', after)
        .limit(limit)
        .execute();
      return rows.map(stepFrom);
    });
  }

  override begin(tenant: TenantId, planId: string, numbers: readonly number[], epoch: number): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      const begun = await tx
        .updateTable('plan_steps')
        .set({ state: 'doing', epoch })
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .where('number', 'in', numbers)
        .where('state', 'in', ['planned', 'doing'])
        .where('epoch', '<=', epoch)
        .executeTakeFirst();
      if (Number(begun.numUpdatedRows) !== numbers.length) throw await refusal(tx, { tenant, planId, numbers, epoch });
    });
  }

  override end(tenant: TenantId, planId: string, ends: readonly StepEnd[], epoch: number): Promise<void> {
    if (ends.length === 0) return Promise.resolve();
    return this.database.inTenant(tenant, async (tx) => {
      const ended = await sql`
        update plan_steps set state = e.state, error_code = e.error_code, error_message = e.error_message,
          made_id = e.made_id, made_tag = e.made_tag, is_verified = e.is_verified, cause = e.losses
        from jsonb_to_recordset(${JSON.stringify(ends.map(endRow))}::jsonb) as e(
          number bigint, item_id text, state text, error_code text, error_message text, made_id text, made_tag text,
          is_verified boolean, losses text)
        where tenant_id = ${tenant} and plan_id = ${planId} and plan_steps.number = e.number
          and plan_steps.item_id = e.item_id and epoch = ${epoch}`.execute(tx);
      if (Number(ended.numAffectedRows) !== ends.length) {
        const numbers = ends.map(({ number }) => number);
        throw await refusal(tx, { tenant, planId, numbers, epoch });
      }
      await tx
        .updateTable('plans')
        .set({ written_at: sql<Date>`now()` })
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .execute();
    });
  }

  override tally(tenant: TenantId, planId: string, target: ResourceId): Promise<readonly TargetTally[]> {
    return this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('plan_steps')
        .select(['action', 'cause', 'state', 'is_verified as isVerified', sql<number>`count(*)`.as('items')])
        .select(sql<number>`sum(bytes)::bigint`.as('bytes'))
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .where('target_id', '=', target)
        .groupBy(['action', 'cause', 'state', 'is_verified'])
        .execute(),
    );
  }

  override addRequests(tenant: TenantId, planId: string, requests: number): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .updateTable('plans')
        .set((row) => ({ requests: row('requests', '+', requests) }))
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .execute();
    });
  }

  override isOvertaken(tenant: TenantId, planId: string, target: ResourceId): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql`
        select 1 from plans mine
        join plan_sources s on s.tenant_id = mine.tenant_id and s.target_id = ${target} and s.plan_id <> mine.plan_id
        join plans other on other.tenant_id = s.tenant_id and other.plan_id = s.plan_id
        where mine.tenant_id = ${tenant} and mine.plan_id = ${planId}
          and greatest(other.performed_at, other.written_at) > mine.created_at
        limit 1`.execute(tx);
      return rows.length > 0;
    });
  }
}

function stepsOf(tx: Tx, tenant: TenantId, planId: string) {
  return tx
    .selectFrom('plan_steps')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('plan_id', '=', planId)
    .orderBy('number');
}

/** The journal holds what was planned, step for step. */
async function requireSteps(tx: Tx, tenant: TenantId, planId: string, planned: PlanCounts): Promise<void> {
  const rows = await tx
    .selectFrom('plan_steps')
    .select(['action', sql<number>`count(*)`.as('items')])
    .where('tenant_id', '=', tenant)
    .where('plan_id', '=', planId)
    .groupBy('action')
    .execute();
  const written = new Map(rows.map(({ action, items }) => [action, items]));
  const differs = STEP_ACTIONS.find((action) => (written.get(action) ?? 0) !== planned[COUNT_OF[action]]);
  if (differs === undefined) return;
  throw new AppError(
    'INTERNAL',
    'The plan’s journal does not hold the steps that were planned, so it cannot be performed.',
    {
      context: { planId, action: differs, planned: planned[COUNT_OF[differs]], written: written.get(differs) ?? 0 },
    },
  );
}

async function readPlan(tx: Tx, tenant: TenantId, planId: string): Promise<Plan> {
  const row = await tx
    .selectFrom('plans')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('plan_id', '=', planId)
    .where('is_ready', '=', true)
    .executeTakeFirst();
  if (!row) throw new AppError('NOT_FOUND', `There is no restore plan ${planId}.`, { context: { planId } });
  const sources = await tx
    .selectFrom('plan_sources')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('plan_id', '=', planId)
    .orderBy('number')
    .execute();
  return planFrom(row, sources);
}

function endRow(end: StepEnd) {
  return {
    number: end.number,
    item_id: end.itemId,
    state: end.state,
    error_code: end.errorCode,
    error_message: end.errorMessage,
    made_id: end.madeId,
    made_tag: end.madeTag,
    is_verified: end.isVerified,
    losses: end.losses,
  };
}

/** Why steps could not be marked: a later holder has begun one of them, or the journal has none of that number and item. */
async function refusal(
  tx: Tx,
  { tenant, planId, numbers, epoch }: { tenant: TenantId; planId: string; numbers: readonly number[]; epoch: number },
): Promise<AppError> {
  const later = await tx
    .selectFrom('plan_steps')
    .select('number')
    .where('tenant_id', '=', tenant)
    .where('plan_id', '=', planId)
    .where('number', 'in', numbers)
    .where('epoch', '>', epoch)
    .limit(1)
    .execute();
  if (later.length > 0) return overtaken(planId, epoch);
  return new AppError('INTERNAL', 'The journal has other steps than were performed.', { context: { planId, epoch } });
}

function overtaken(planId: string, epoch: number): AppError {
  return new AppError('GRANT_REFUSED', 'Another worker has taken over this restore. Stop working on it.', {
    context: { planId, epoch },
  });
}
