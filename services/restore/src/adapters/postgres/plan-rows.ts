import { parseJobId, parseResourceId, parseSnapshotId, parseVaultId, type TenantId } from '@holdfast/kernel';
import type { Insertable, Selectable } from 'kysely';
import { isWriting } from '../../domain/plan-counts.js';
import type { NewStep, Plan, Step } from '../../app/plans.port.js';
import type { PlanRow, PlanSourceRow, PlanStepRow } from './restore-database.js';

export function planFrom(row: Selectable<PlanRow>, sources: readonly Selectable<PlanSourceRow>[]): Plan {
  return {
    planId: row.plan_id,
    jobId: parseJobId(row.job_id),
    vaultId: parseVaultId(row.vault_id),
    policy: row.policy,
    sealedTargetFolder: row.target_folder,
    createdAtMs: row.created_at.getTime(),
    isPerformed: row.performed_at !== null,
    counts: row.counts,
    warnings: row.warnings,
    sources: sources.map((source) => ({
      number: source.number,
      resourceId: parseResourceId(source.resource_id),
      snapshotId: parseSnapshotId(source.snapshot_id),
      targetId: parseResourceId(source.target_id),
      itemIds: source.item_ids,
    })),
  };
}

export function stepFrom(row: Selectable<PlanStepRow>): Step {
  return {
    number: row.number,
    source: row.source,
    targetId: parseResourceId(row.target_id),
    itemId: row.item_id,
    action: row.action,
    cause: row.cause,
    suffix: row.suffix,
    liveId: row.live_id,
    liveTag: row.live_tag,
    bytes: row.bytes,
    state: row.state,
    errorCode: row.error_code,
    errorMessage: row.error_message,
  };
}

/** What writes nothing is done when it is planned. */
export function stepRow(tenant: TenantId, planId: string, step: NewStep): Insertable<PlanStepRow> {
  return {
    tenant_id: tenant,
    plan_id: planId,
    number: step.number,
    source: step.source,
    target_id: step.targetId,
    item_id: step.itemId,
    action: step.action,
    cause: step.cause,
    suffix: step.suffix,
    live_id: step.liveId,
    live_tag: step.liveTag,
    bytes: step.bytes,
    state: isWriting(step.action) ? 'planned' : 'done',
  };
}
