import { enableTenantRls, type Migration } from '@holdfast/platform';

/** The schema `restore`, in the order in which it grew. A migration that has been released is never changed. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-plans',
    up: `
      create table plans (
        tenant_id     uuid not null,
        plan_id       uuid not null,
        job_id        uuid not null,
        vault_id      uuid not null,
        policy        text not null check (policy in ('overwrite', 'skip', 'keep-both')),
        -- Nonce, ciphertext, tag; the key comes from the vault's.
        target_folder bytea not null,
        is_ready      boolean not null default false,
        counts        jsonb not null default '{}',
        warnings      jsonb not null default '[]',
        requests      bigint not null default 0,
        created_at    timestamptz not null default now(),
        performed_at  timestamptz,
        written_at    timestamptz,
        primary key (tenant_id, plan_id)
      );

      create table plan_sources (
        tenant_id   uuid not null,
        plan_id     uuid not null,
        number      integer not null,
        resource_id text not null,
        snapshot_id text not null,
        target_id   text not null,
        item_ids    jsonb not null,
        primary key (tenant_id, plan_id, number),
        foreign key (tenant_id, plan_id) references plans on delete cascade
      );
      create index plan_sources_by_target on plan_sources (tenant_id, target_id);

      -- The journal. Ids, actions and states; names and subjects stay in the vault.
      create table plan_steps (
        tenant_id     uuid not null,
        plan_id       uuid not null,
        number        bigint not null,
        source        integer not null,
        target_id     text not null,
        item_id       text not null,
        action        text not null,
        cause         text not null,
        suffix        text not null,
        live_id       text not null,
        live_tag      text not null,
        bytes         bigint not null,
        state         text not null check (state in ('planned', 'doing', 'done', 'failed')),
        epoch         bigint not null default 0,
        error_code    text not null default '',
        error_message text not null default '',
        made_id       text not null default '',
        made_tag      text not null default '',
        is_verified   boolean not null default false,
        primary key (tenant_id, plan_id, number),
        foreign key (tenant_id, plan_id) references plans on delete cascade
      );
      create index plan_steps_open on plan_steps (tenant_id, plan_id, target_id, number)
        where state in ('planned', 'doing');
      create index plan_steps_failed on plan_steps (tenant_id, plan_id, number) where state = 'failed';

      -- What stands at a target while a plan is made; gone with the server, since the plan is made anew then.
      create unlogged table live_items (
        tenant_id  uuid not null,
        plan_id    uuid not null,
        target_id  text not null,
        item_id    text not null,
        is_folder  boolean not null,
        parent_id  text,
        origin     text,
        change_tag text,
        likeness   text not null,
        place      text not null,
        primary key (tenant_id, plan_id, target_id, item_id)
      );
      create index live_items_by_origin on live_items (tenant_id, plan_id, target_id, origin) where origin is not null;
      create index live_items_by_place on live_items (tenant_id, plan_id, target_id, place) where place <> '';

      ${enableTenantRls('restore', 'plans')}
      ${enableTenantRls('restore', 'plan_sources')}
      ${enableTenantRls('restore', 'plan_steps')}
      ${enableTenantRls('restore', 'live_items')}
    `,
  },
  {
    name: '0002-exports',
    up: `
      create table exports (
        tenant_id    uuid not null,
        export_id    uuid not null,
        token_digest bytea not null,
        vault_id     uuid not null,
        format       text not null check (format in ('zip', 'eml', 'mbox')),
        parts        jsonb not null,
        actor        text not null,
        expires_at   timestamptz not null,
        primary key (tenant_id, export_id),
        unique (tenant_id, token_digest)
      );
      ${enableTenantRls('restore', 'exports')}
    `,
  },
];
