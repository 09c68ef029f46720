import type { JobChanged, TaskReport } from '@holdfast/contracts';
import type { ColumnType, Generated } from 'kysely';

/** JSON columns are written as text and read as what they hold. */
type Json<T> = ColumnType<T, string, string>;

/** The tables of the schema `reporting`. */
export interface ReportingSchema {
  jobs: {
    tenant_id: string;
    job_id: string;
    kind: JobChanged['jobKind'];
    state: string;
    revision: number;
    tasks_total: number;
    warnings: Json<string[]>;
    started_at_ms: number;
    finished_at_ms: number;
  };
  resources: {
    tenant_id: string;
    job_id: string;
    resource_id: string;
    outcome: string;
    snapshot_id: string;
    error_code: string;
    error_message: string;
    report: Json<TaskReport>;
  };
  progress: {
    tenant_id: string;
    job_id: string;
    resource_id: string;
    is_running: boolean;
    items_done: number;
    items_expected: number;
    bytes_done: number;
    requests: number;
    throttled: number;
    at_ms: number;
  };
  events: {
    tenant_id: string;
    event_id: Generated<number>;
    job_id: string;
    at_ms: number;
    severity: string;
    kind: string;
    resource_id: string;
    message: string;
    told_as: string;
  };
}
