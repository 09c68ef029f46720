import type { RetentionRuns, TaskReport, WireRetentionPolicy } from '@holdfast/contracts';
import { OUTBOX_SWEEP } from '@holdfast/platform';
import type { ColumnType, Generated } from 'kysely';
import type { RemovedResource } from '../../app/deletions.port.js';
import type { JobKind } from '../../domain/job-kind.js';
import type { JobState, TaskState } from '../../domain/job-outcome.js';

export interface BackupSetRow {
  tenant_id: string;
  backup_set_id: string;
  display_name: string;
  source: ColumnType<StoredSelection, string, string>;
  vault_id: string;
  time_zone: string;
  retention: ColumnType<WireRetentionPolicy, string | undefined, string>;
  retention_runs: Generated<RetentionRuns>;
  /** The ended backup that a retention is to follow. */
  retention_after: string | null;
  version: Generated<number>;
  created_at: Generated<Date>;
}

/** A selection as `backup_sets.source` holds it. */
export interface StoredSelection {
  readonly allAccounts: boolean;
  readonly accountIds: readonly string[];
  readonly workloads: readonly ('mail' | 'drive')[];
  readonly skipUnlicensed: boolean;
}

export interface JobRow {
  tenant_id: string;
  job_id: string;
  kind: JobKind;
  state: JobState;
  backup_set_id: string | null;
  plan_id: string | null;
  vault_id: string;
  time_zone: string;
  full_check: boolean;
  dry_run: Generated<boolean>;
  /** What the job was asked for beyond these columns. */
  terms: ColumnType<object | null, string | null | undefined, never>;
  /** The backup after which the job was started by itself. */
  after_job_id: string | null;
  is_open: Generated<boolean>;
  touched_at: Generated<Date>;
  revision: Generated<number>;
  warnings: ColumnType<string[], string | undefined, string>;
  started_at: Generated<Date>;
  finished_at: Date | null;
  /** Trace of the request that started the job (W3C). */
  traceparent: string | null;
}

export interface TaskRow {
  tenant_id: string;
  task_id: Generated<string>;
  job_id: string;
  kind: JobKind;
  resource_id: string;
  lane: 'restore' | 'increment' | 'first-full';
  state: Generated<TaskState>;
  epoch: Generated<number>;
  attempts: Generated<number>;
  fresh_starts: Generated<number>;
  /** Leases in a row that ran out without a word. */
  lapses: Generated<number>;
  worker: string | null;
  lease_expires_at: Date | null;
  not_before: Generated<Date>;
  rung_at: Generated<Date>;
  checkpoint: Generated<Buffer>;
  progress: ColumnType<Partial<Record<string, number>>, string | undefined, string>;
  /** Of a task that a worker has ended. */
  report: ColumnType<TaskReport | null, string | undefined, string>;
  snapshot_id: Generated<string>;
  last_error_code: Generated<string>;
  last_error_message: Generated<string>;
  started_at: Date | null;
  finished_at: Date | null;
}

/** A set or a job of which its vault does not know yet. */
export interface NoteDueRow {
  tenant_id: string;
  kind: 'set' | 'job';
  /** Of the set or the job. */
  id: string;
  vault_id: string;
  deleted_version: number | null;
  asked: Generated<string>;
  attempts: Generated<number>;
  not_before: Generated<Date>;
}

/** A legal hold, and what became of it. */
export interface LegalHoldRow {
  tenant_id: string;
  hold_id: Generated<string>;
  kind: 'set' | 'account' | 'resource';
  /** Id of the set, Microsoft's id of the account, or id of the resource. */
  subject: string;
  reason: string;
  /** Ids of API keys. */
  placed_by: string;
  placed_at: Generated<Date>;
  lifted_by: string | null;
  lifted_at: Date | null;
}

/** A request to delete, and what became of it. Whoever decides is the id of an API key. */
export interface DeletionRow {
  tenant_id: string;
  deletion_id: Generated<string>;
  backup_set_id: string;
  vault_id: string;
  kind: 'account' | 'resource' | 'items';
  /** Microsoft's id of the account, or id of the resource. */
  subject: string;
  /** Microsoft's ids; empty but for items. */
  item_ids: Generated<string[]>;
  reason: string;
  requested_by: string;
  requested_at: Generated<Date>;
  /** Of the second approval: no backup of the set reads it from then on. */
  approved_at: Date | null;
  withdrawn_by: string | null;
  withdrawn_at: Date | null;
  /** The newest job. */
  job_id: string | null;
  /** What its job has removed, once that has ended well and the vault is told of it; null before. */
  removed_at: Date | null;
  removed: ColumnType<readonly RemovedResource[] | null, string | undefined, string>;
  /** The newest that was started for it. */
  freeing_job_id: string | null;
  /** A freeing has taken all that it removed. */
  is_freed: Generated<boolean>;
}

export interface DeletionApprovalRow {
  tenant_id: string;
  deletion_id: string;
  approved_by: string;
  approved_at: Generated<Date>;
}

/** A snapshot that a deletion removed, or was about to when it broke off. */
export interface DeletionRemovalRow {
  tenant_id: string;
  deletion_id: string;
  snapshot_id: string;
  resource_id: string;
  number: number;
  job_started_at: Date;
}

interface UnlicensedResourceRow {
  tenant_id: string;
  backup_set_id: string;
  resource_id: string;
  /** Of the newest job that left it out for that. */
  job_started_at: Date;
}

/** The tables of the schema `scheduler`. */
export interface SchedulerSchema {
  backup_sets: BackupSetRow;
  jobs: JobRow;
  tasks: TaskRow;
  notes_due: NoteDueRow;
  legal_holds: LegalHoldRow;
  unlicensed_resources: UnlicensedResourceRow;
  deletions: DeletionRow;
  deletion_approvals: DeletionApprovalRow;
  deletion_removals: DeletionRemovalRow;
}

/** Every reason for which scheduler reads rows of all tenants. */
export const SWEEPS = [
  'clock',
  'jobs-left-open',
  'lapsed-and-stopped',
  'measure-tasks',
  'next-task',
  'notes-due',
  'removed-deletions',
  'retentions-due',
  'ring-again',
  'running-jobs',
  'vaults-to-sample',
  'worn-out',
  OUTBOX_SWEEP,
] as const;
export type SchedulerSweep = (typeof SWEEPS)[number];
