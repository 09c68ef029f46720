import type { ColumnType, Generated, Transaction } from 'kysely';
import type { PlanCounts } from '../../domain/plan-counts.js';
import type { ConflictPolicy, StepAction } from '../../domain/plan-step.js';
import type { ExportFormat, ExportPart } from '../../app/exports.port.js';
import type { StepState } from '../../app/plans.port.js';

export interface PlanRow {
  tenant_id: string;
  plan_id: string;
  job_id: string;
  vault_id: string;
  policy: ConflictPolicy;
  target_folder: Buffer;
  is_ready: Generated<boolean>;
  counts: ColumnType<PlanCounts, string | undefined, string>;
  warnings: ColumnType<string[], string | undefined, string>;
  requests: Generated<number>;
  created_at: Generated<Date>;
  performed_at: Date | null;
  written_at: Date | null;
}

export interface PlanSourceRow {
  tenant_id: string;
  plan_id: string;
  number: number;
  resource_id: string;
  snapshot_id: string;
  target_id: string;
  item_ids: ColumnType<string[], string, string>;
}

export interface PlanStepRow {
  tenant_id: string;
  plan_id: string;
  number: number;
  source: number;
  target_id: string;
  item_id: string;
  action: StepAction;
  cause: string;
  suffix: string;
  live_id: string;
  live_tag: string;
  bytes: number;
  state: StepState;
  epoch: Generated<number>;
  error_code: Generated<string>;
  error_message: Generated<string>;
  made_id: Generated<string>;
  made_tag: Generated<string>;
  is_verified: Generated<boolean>;
}

export interface LiveItemRow {
  tenant_id: string;
  plan_id: string;
  target_id: string;
  item_id: string;
  is_folder: boolean;
  parent_id: string | null;
  origin: string | null;
  change_tag: string | null;
  likeness: string;
  place: string;
}

export interface ExportRow {
  tenant_id: string;
  export_id: string;
  token_digest: Buffer;
  vault_id: string;
  format: ExportFormat;
  parts: ColumnType<ExportPart[], string, string>;
  actor: string;
  expires_at: Date;
}

/** The tables of the schema `restore`. */
export interface RestoreSchema {
  plans: PlanRow;
  plan_sources: PlanSourceRow;
  plan_steps: PlanStepRow;
  live_items: LiveItemRow;
  exports: ExportRow;
}

/** Restore reads rows of one tenant at a time, always. */
export const SWEEPS = [] as const;
export type Tx = Transaction<RestoreSchema>;
