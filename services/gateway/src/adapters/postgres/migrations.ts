import { enableTenantRls, type Migration } from '@holdfast/platform';

/** The schema `gateway`, in the order in which it grew. A migration that has been released is never changed. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-keys-audit-exports',
    up: `
      -- What is the provider's own has the tenant of all zeros.
      create table api_keys (
        tenant_id       uuid not null,
        key_id          text primary key,
        display_name    text not null,
        role            text not null,
        -- Null: all tenants.
        tenant_ids      text[],
        secret_sha256   text not null,
        created_by      text not null,
        created_at_ms   bigint not null,
        expires_at_ms   bigint,
        last_used_at_ms bigint,
        revoked_at_ms   bigint
      );
      create index on api_keys (tenant_id, created_at_ms desc);

      create table audit_entries (
        tenant_id     uuid not null,
        number        bigint not null,
        at_ms         bigint not null,
        actor         text not null,
        action        text not null,
        outcome       text not null,
        target        jsonb not null,
        error_code    text not null,
        request_id    text not null,
        previous_hash text not null,
        hash          text not null,
        primary key (tenant_id, number)
      );
      create function refuse_change() returns trigger language plpgsql as $$
        begin
          raise exception 'the audit trail only grows';
        end
      $$;
      create trigger only_grows before update or delete on audit_entries
        for each row execute function refuse_change();
      create trigger only_grows_whole before truncate on audit_entries
        for each statement execute function refuse_change();

      create table exports (
        tenant_id     uuid not null,
        export_id     uuid not null,
        path          text not null,
        expires_at_ms bigint not null,
        primary key (tenant_id, export_id)
      );

      ${enableTenantRls('gateway', 'api_keys', { isSwept: true })}
      ${enableTenantRls('gateway', 'audit_entries')}
      ${enableTenantRls('gateway', 'exports')}
    `,
  },
];
