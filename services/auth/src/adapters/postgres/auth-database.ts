import type { ColumnType, Generated } from 'kysely';
import type { Lane } from '../../domain/lane-share.js';

/** What a budget lease took: from which meter's slot, and how much. */
export interface Taken {
  readonly meter: string;
  readonly startMs: number;
  readonly lane: Lane;
  readonly amount: number;
}

/** The tables of the schema `auth`. */
export interface AuthSchema {
  tenants: {
    tenant_id: string;
    display_name: string;
    directory_id: string;
    client_id: string;
    cloud: string;
    credential_kind: 'secret' | 'certificate';
    sealed_credential: Buffer;
    credential_expires_at: Date | null;
    licences: number | null;
    users: number | null;
    created_at: Generated<Date>;
  };
  destinations: {
    tenant_id: string;
    destination_id: string;
    display_name: string;
    kind: string;
    settings: ColumnType<object, string, string>;
    sealed_credentials: Buffer | null;
    created_at: Generated<Date>;
  };
  vaults: {
    tenant_id: string;
    vault_id: string;
    key_kind: 'default' | 'custom' | 'off';
    key_bits: number;
    destination_ids: string[];
    generation: Generated<number>;
    header: Buffer;
    signing_public_key: Buffer;
    sealed_roots: Buffer[];
    sealed_signing_key: Buffer;
    created_at: Generated<Date>;
  };
  vault_openings: {
    tenant_id: string;
    opening_id: Generated<number>;
    vault_id: string;
    actor: string;
    reason: string;
    opened_at: Generated<Date>;
  };
  epochs: { tenant_id: string; task_id: string; epoch: number };
  budget_slots: {
    tenant_id: string;
    bucket: string;
    scope: string;
    meter: string;
    start_ms: number;
    lane: Lane;
    used: number;
  };
  budget_lanes: {
    tenant_id: string;
    bucket: string;
    scope: string;
    meter: string;
    lane: Lane;
    active_until_ms: number;
  };
  budget_leases: {
    tenant_id: string;
    lease_id: Generated<string>;
    bucket: string;
    scope: string;
    holder: string;
    slots: number;
    taken: ColumnType<Taken[], string, string>;
    expires_at: Date;
  };
  vaults_to_discard: { tenant_id: string; vault_id: string; asked_at: Generated<Date> };
  budget_fences: { tenant_id: string; bucket: string; scope: string; until: Date };
}

/** Every reason for which auth reads rows of all tenants. */
export const SWEEPS = ['list-tenants', 'vaults-to-discard'] as const;

export type AuthSweep = (typeof SWEEPS)[number];
