import type { ColumnType } from 'kysely';
import type { AuditOutcome } from '../../domain/audit-entry.js';
import type { Role } from '../../domain/permissions.js';

/** Finding a key by its id, before it is known whose it is. */
export const SWEEPS = ['recognise-key'] as const;
export type GatewaySweep = (typeof SWEEPS)[number];

/** The tables of the schema `gateway`. */
export interface GatewaySchema {
  api_keys: {
    tenant_id: string;
    key_id: string;
    display_name: string;
    role: Role;
    tenant_ids: string[] | null;
    secret_sha256: string;
    created_by: string;
    created_at_ms: number;
    expires_at_ms: number | null;
    last_used_at_ms: number | null;
    revoked_at_ms: number | null;
  };
  audit_entries: {
    tenant_id: string;
    number: number;
    at_ms: number;
    actor: string;
    action: string;
    outcome: AuditOutcome;
    target: ColumnType<Record<string, string>, string, never>;
    error_code: string;
    request_id: string;
    previous_hash: string;
    hash: string;
  };
  exports: {
    tenant_id: string;
    export_id: string;
    path: string;
    expires_at_ms: number;
  };
}
