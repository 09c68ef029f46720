import type { KeyKind } from '../../domain/key-kind.js';
import type { ColumnType, Generated } from 'kysely';
import type { BucketState } from '../../domain/budget/bucket.js';

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
    version: Generated<number>;
    created_at: Generated<Date>;
  };
  vaults: {
    tenant_id: string;
    vault_id: string;
    key_kind: KeyKind;
    key_bits: number;
    destination_ids: string[];
    generation: Generated<number>;
    header: Buffer;
    /** Of the present generation. */
    signing_public_key: Buffer;
    /** Of the generations before: public keys in hexadecimal. */
    earlier_signing_keys: ColumnType<readonly { generation: number; publicKey: string }[], string | undefined, string>;
    sealed_roots: Buffer[];
    /** Of a rotation that is under way. */
    sealed_next_root: Buffer | null;
    sealed_signing_key: Buffer;
    /** Names the provider key that closes the wraps at destinations; null where that is not known. */
    wrapped_under: string | null;
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
  /** Changes of vaults' keys that are under way. */
  key_changes: { tenant_id: string; vault_id: string; change_id: string; until: Date };
  epochs: { tenant_id: string; task_id: string; epoch: number };
  budget_buckets: {
    tenant_id: string;
    service: string;
    mailbox: string;
    state: ColumnType<BucketState, string, string>;
    counted_by: string;
    counted_at_ms: number;
  };
  vaults_to_discard: { tenant_id: string; vault_id: string; asked_at: Generated<Date> };
}

/** Every reason for which auth reads rows of all tenants. */
export const SWEEPS = ['list-tenants', 'sealed-credentials', 'vaults-to-discard'] as const;

export type AuthSweep = (typeof SWEEPS)[number];
