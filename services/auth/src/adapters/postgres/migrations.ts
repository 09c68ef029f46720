import { enableTenantRls, type Migration } from '@holdfast/platform';

/** The schema `auth`, in the order in which it grew. A migration that has been released is never changed. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-tenants-vaults-budgets',
    up: `
      create table tenants (
        tenant_id             uuid primary key,
        display_name          text not null,
        directory_id          text not null,
        client_id             text not null,
        cloud                 text not null,
        credential_kind       text not null,
        sealed_credential     bytea not null,
        credential_expires_at timestamptz,
        licences              integer,
        users                 integer,
        created_at            timestamptz not null default now(),
        constraint tenants_registered_once unique (directory_id, client_id, cloud)
      );

      create table destinations (
        tenant_id          uuid not null references tenants,
        destination_id     uuid primary key,
        display_name       text not null,
        kind               text not null,
        settings           jsonb not null,
        sealed_credentials bytea,
        created_at         timestamptz not null default now()
      );

      create table vaults (
        tenant_id          uuid not null references tenants,
        vault_id           uuid primary key,
        key_kind           text not null,
        key_bits           integer not null,
        destination_ids    uuid[] not null,
        generation         integer not null default 1,
        header             bytea not null,
        signing_public_key bytea not null,
        sealed_roots       bytea[] not null,
        sealed_signing_key bytea not null,
        created_at         timestamptz not null default now()
      );

      create table vault_openings (
        tenant_id  uuid not null,
        opening_id bigint generated always as identity primary key,
        vault_id   uuid not null,
        actor      text not null,
        reason     text not null,
        opened_at  timestamptz not null default now()
      );

      create table epochs (
        tenant_id uuid not null,
        task_id   uuid primary key,
        epoch     bigint not null
      );

      create table budget_slots (
        tenant_id uuid not null,
        bucket    text not null,
        scope     text not null,
        meter     text not null,
        start_ms  bigint not null,
        used      bigint not null,
        primary key (tenant_id, bucket, scope, meter, start_ms)
      );

      create table budget_leases (
        tenant_id  uuid not null,
        lease_id   uuid primary key default gen_random_uuid(),
        bucket     text not null,
        scope      text not null,
        holder     text not null,
        slots      integer not null,
        -- Meter by meter: name, slot it was taken from, amount.
        taken      jsonb not null,
        expires_at timestamptz not null
      );
      create index budget_leases_by_scope on budget_leases (tenant_id, bucket, scope);

      create table budget_fences (
        tenant_id uuid not null,
        bucket    text not null,
        scope     text not null,
        until     timestamptz not null,
        primary key (tenant_id, bucket, scope)
      );

      ${enableTenantRls('auth', 'tenants', { isSwept: true })}
      ${enableTenantRls('auth', 'destinations')}
      ${enableTenantRls('auth', 'vaults')}
      ${enableTenantRls('auth', 'vault_openings')}
      ${enableTenantRls('auth', 'epochs')}
      ${enableTenantRls('auth', 'budget_slots')}
      ${enableTenantRls('auth', 'budget_leases')}
      ${enableTenantRls('auth', 'budget_fences')}
    `,
  },
  {
    name: '0002-budget-lanes',
    up: `
      -- Leases under way name no lane; what they took stays counted until its window has passed.
      delete from budget_leases;
      alter table budget_slots add column lane text not null default 'first-full';
      alter table budget_slots alter column lane drop default;
      alter table budget_slots drop constraint budget_slots_pkey;
      alter table budget_slots add primary key (tenant_id, bucket, scope, meter, start_ms, lane);

      create table budget_lanes (
        tenant_id       uuid not null,
        bucket          text not null,
        scope           text not null,
        meter           text not null,
        lane            text not null,
        active_until_ms bigint not null,
        primary key (tenant_id, bucket, scope, meter, lane)
      );
      ${enableTenantRls('auth', 'budget_lanes')}
    `,
  },
  {
    name: '0003-vaults-to-discard',
    up: `
      create table vaults_to_discard (
        tenant_id uuid not null,
        vault_id  uuid primary key,
        asked_at  timestamptz not null default now()
      );
      ${enableTenantRls('auth', 'vaults_to_discard', { isSwept: true })}
    `,
  },
  {
    name: '0004-budget-buckets',
    up: `
      -- What was counted before counts as lost: the first ask of a bucket after this finds as much used as could have been.
      create table budget_buckets (
        tenant_id     uuid not null,
        service       text not null,
        mailbox       text not null,
        -- BucketState of domain/budget/bucket.ts; changed as a whole, never looked into.
        state         json not null,
        -- The database that counted: its system identifier and timeline.
        counted_by    text not null,
        counted_at_ms bigint not null,
        primary key (tenant_id, service, mailbox)
      );
      insert into budget_buckets
        select tenant_id, bucket, scope,
               '{"used":{},"leases":[],"members":[],"paced":{},"fencedUntilMs":0,"foreign":{"amount":0,"untilMs":0}}'::json,
               'an earlier schema', max(start_ms)
          from budget_slots where bucket <> 'app' group by tenant_id, bucket, scope;
      ${enableTenantRls('auth', 'budget_buckets')}
      drop table budget_slots, budget_lanes, budget_leases, budget_fences;
    `,
  },
  {
    // A rebuild certifies with a key of its own: the one of before was lost with its database.
    name: '0005-signing-keys-of-generations',
    up: `alter table vaults add column earlier_signing_keys jsonb not null default '[]';`,
  },
  {
    name: '0006-next-root-keys',
    up: `alter table vaults add column sealed_next_root bytea;`,
  },
  {
    name: '0007-destination-versions',
    up: `alter table destinations add column version integer not null default 1;`,
  },
  {
    name: '0008-keys-of-wraps',
    up: `alter table vaults add column wrapped_under text;`,
  },
  {
    name: '0009-key-changes',
    up: `
      create table key_changes (
        tenant_id uuid not null,
        vault_id  uuid primary key references vaults on delete cascade,
        change_id uuid not null,
        until     timestamptz not null
      );
      ${enableTenantRls('auth', 'key_changes')}
    `,
  },
];
