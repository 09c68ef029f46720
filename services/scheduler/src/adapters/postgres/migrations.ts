import { enableTenantRls, outboxTable, outboxTraces, sweepRoleOf, type Migration } from '@holdfast/platform';

/** The schema `scheduler`, in the order in which it grew. A migration that has been released is never changed. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-sets-jobs-tasks',
    up: `
      create sequence epochs;

      create table backup_sets (
        tenant_id     uuid not null,
        backup_set_id uuid primary key,
        display_name  text not null,
        source        jsonb not null,
        vault_id      uuid not null,
        time_zone     text not null,
        version       integer not null default 1,
        created_at    timestamptz not null default now()
      );
      create index backup_sets_by_tenant on backup_sets (tenant_id, created_at);

      create table jobs (
        tenant_id     uuid not null,
        job_id        uuid primary key,
        kind          text not null check (kind in ('backup', 'restore')),
        state         text not null,
        backup_set_id uuid,
        plan_id       uuid,
        vault_id      uuid not null,
        time_zone     text not null,
        full_check    boolean not null,
        is_open       boolean not null default true,
        touched_at    timestamptz not null default now(),
        revision      integer not null default 0,
        warnings      jsonb not null default '[]',
        started_at    timestamptz not null default now(),
        finished_at   timestamptz
      );
      create index jobs_by_tenant on jobs (tenant_id, started_at desc, job_id);
      create unique index jobs_one_running_per_set on jobs (backup_set_id)
        where kind = 'backup' and state in ('running', 'stopping');

      create table tasks (
        tenant_id          uuid not null,
        task_id            uuid primary key default gen_random_uuid(),
        job_id             uuid not null references jobs,
        kind               text not null,
        resource_id        text not null,
        lane               text not null,
        state              text not null default 'ready',
        epoch              bigint not null default 0,
        attempts           integer not null default 0,
        worker             text,
        lease_expires_at   timestamptz,
        not_before         timestamptz not null default now(),
        rung_at            timestamptz not null default now(),
        checkpoint         bytea not null default '',
        progress           jsonb not null default '{}',
        snapshot_id        text not null default '',
        last_error_code    text not null default '',
        last_error_message text not null default '',
        started_at         timestamptz,
        finished_at        timestamptz,
        unique (job_id, resource_id)
      );
      create index tasks_open on tasks (kind, lane, not_before) where state in ('ready', 'leased');

      ${outboxTable('scheduler')}
      ${enableTenantRls('scheduler', 'backup_sets')}
      ${enableTenantRls('scheduler', 'jobs', { isSwept: true })}
      ${enableTenantRls('scheduler', 'tasks', { isSwept: true })}
    `,
  },
  {
    name: '0002-fresh-starts',
    up: `alter table tasks add column fresh_starts integer not null default 0;`,
  },
  {
    // A grant outlives the database it came from. Where one is lost, the next gives out higher epochs than any before, so that no
    // late holder outranks a new one: no installation leases more than once a second for years.
    name: '0003-epochs-after-a-loss',
    up: `select setval('epochs', greatest(nextval('epochs'), extract(epoch from now())::bigint));`,
  },
  {
    name: '0004-lapses',
    up: `alter table tasks add column lapses integer not null default 0;`,
  },
  {
    name: '0005-retention',
    up: `
      alter table backup_sets add column retention jsonb not null default '{}';
      alter table jobs add column dry_run boolean not null default false;
      alter table jobs drop constraint jobs_kind_check;
      alter table jobs add constraint jobs_kind_check check (kind in ('backup', 'restore', 'retention'));
      create unique index jobs_one_retention_per_set on jobs (backup_set_id)
        where kind = 'retention' and state in ('running', 'stopping');
      create index tasks_of_resource on tasks (tenant_id, resource_id);
    `,
  },
  {
    name: '0006-traces',
    up: `${outboxTraces} alter table jobs add column traceparent text;`,
  },
  {
    name: '0007-freeing',
    up: `
      alter table jobs drop constraint jobs_kind_check;
      alter table jobs add constraint jobs_kind_check check (kind in ('backup', 'restore', 'retention', 'freeing'));
      create unique index jobs_one_freeing_per_set on jobs (backup_set_id)
        where kind = 'freeing' and state in ('running', 'stopping');
      create index jobs_of_vault on jobs (tenant_id, vault_id) where state in ('running', 'stopping');
    `,
  },
  {
    name: '0008-notes-and-rebuilds',
    up: `
      alter table jobs drop constraint jobs_kind_check;
      alter table jobs add constraint jobs_kind_check check (kind in ('backup', 'restore', 'retention', 'freeing', 'rebuild'));
      create unique index jobs_one_rebuild_per_vault on jobs (vault_id)
        where kind = 'rebuild' and state in ('running', 'stopping');
      alter table tasks add column report jsonb;
      create table notes_due (
        tenant_id       uuid not null,
        kind            text not null check (kind in ('set', 'job')),
        id              uuid not null,
        vault_id        uuid not null,
        deleted_version integer,
        asked           uuid not null default gen_random_uuid(),
        attempts        integer not null default 0,
        not_before      timestamptz not null default now(),
        primary key (kind, id)
      );
      create index notes_due_next on notes_due (not_before);
      insert into notes_due (tenant_id, kind, id, vault_id)
        select tenant_id, 'set', backup_set_id, vault_id from backup_sets
        union all
        select tenant_id, 'job', job_id, vault_id from jobs where state not in ('running', 'stopping');
      ${enableTenantRls('scheduler', 'notes_due', { isSwept: true })}
    `,
  },
  {
    name: '0009-checks',
    up: `
      alter table jobs add column terms jsonb;
      alter table jobs drop constraint jobs_kind_check;
      alter table jobs add constraint jobs_kind_check check (kind in ('backup', 'restore', 'retention', 'freeing', 'rebuild', 'check'));
      create unique index jobs_one_check_per_vault on jobs (vault_id) where kind = 'check' and state in ('running', 'stopping');
    `,
  },
  {
    // So that the daily samples of all vaults find them.
    name: '0010-samples',
    up: `create policy swept on backup_sets to ${sweepRoleOf('scheduler')} using (true) with check (true);`,
  },
  {
    name: '0011-legal-holds',
    up: `
      create table legal_holds (
        tenant_id uuid not null,
        hold_id   uuid primary key default gen_random_uuid(),
        kind      text not null check (kind in ('set', 'account', 'resource')),
        subject   text not null,
        reason    text not null,
        placed_by text not null,
        placed_at timestamptz not null default now(),
        lifted_by text,
        lifted_at timestamptz
      );
      create index legal_holds_by_tenant on legal_holds (tenant_id, placed_at desc, hold_id);
      create index legal_holds_standing on legal_holds (tenant_id, subject) where lifted_at is null;
      ${enableTenantRls('scheduler', 'legal_holds')}
    `,
  },
  {
    name: '0012-deletions',
    up: `
      alter table jobs drop constraint jobs_kind_check;
      alter table jobs add constraint jobs_kind_check
        check (kind in ('backup', 'restore', 'retention', 'freeing', 'rebuild', 'check', 'deletion'));
      create unique index jobs_one_deletion_per_set on jobs (backup_set_id)
        where kind = 'deletion' and state in ('running', 'stopping');
      create table deletions (
        tenant_id     uuid not null,
        deletion_id   uuid primary key default gen_random_uuid(),
        backup_set_id uuid not null,
        vault_id      uuid not null,
        kind          text not null check (kind in ('account', 'resource')),
        subject       text not null,
        reason        text not null,
        requested_by  text not null,
        requested_at  timestamptz not null default now(),
        approved_at   timestamptz,
        withdrawn_by  text,
        withdrawn_at  timestamptz,
        job_id        uuid
      );
      create index deletions_by_tenant on deletions (tenant_id, requested_at desc, deletion_id);
      create index deletions_excluding on deletions (backup_set_id) where approved_at is not null;
      create table deletion_approvals (
        tenant_id   uuid not null,
        deletion_id uuid not null references deletions,
        approved_by text not null,
        approved_at timestamptz not null default clock_timestamp(),
        primary key (deletion_id, approved_by)
      );
      create table deletion_removals (
        tenant_id      uuid not null,
        deletion_id    uuid not null references deletions,
        snapshot_id    text not null,
        resource_id    text not null,
        number         integer not null,
        job_started_at timestamptz not null,
        primary key (deletion_id, snapshot_id)
      );
      ${enableTenantRls('scheduler', 'deletions')}
      ${enableTenantRls('scheduler', 'deletion_approvals')}
      ${enableTenantRls('scheduler', 'deletion_removals')}
    `,
  },
  {
    // So that what a deletion removed is freed, and a rebuilt database knows that it was removed.
    name: '0013-deletions-freed',
    up: `
      alter table deletions
        add column removed_at timestamptz,
        add column removed jsonb,
        add column freeing_job_id uuid,
        add column is_freed boolean not null default false;
      create index deletions_to_free on deletions (deletion_id) where approved_at is not null and not is_freed;
      create policy swept on deletions to ${sweepRoleOf('scheduler')} using (true) with check (true);
    `,
  },
  {
    // What a set of before let go when somebody asked for it goes on to wait for somebody.
    name: '0014-retention-after-backups',
    up: `
      alter table backup_sets add column retention_runs text not null default 'on-request'
        check (retention_runs in ('after-each-backup', 'on-request'));
      alter table backup_sets add column retention_after uuid;
      create index backup_sets_with_retention_due on backup_sets (backup_set_id) where retention_after is not null;
      alter table jobs add column after_job_id uuid;
    `,
  },
  {
    name: '0015-deletions-of-items',
    up: `
      alter table jobs drop constraint jobs_kind_check;
      alter table jobs add constraint jobs_kind_check
        check (kind in ('backup', 'restore', 'rewriting', 'retention', 'freeing', 'rebuild', 'check', 'deletion'));
      create unique index jobs_one_rewriting_per_set on jobs (backup_set_id)
        where kind = 'rewriting' and state in ('running', 'stopping');
      alter table deletions drop constraint deletions_kind_check;
      alter table deletions add constraint deletions_kind_check check (kind in ('account', 'resource', 'items'));
      alter table deletions add column item_ids text[] not null default '{}';
    `,
  },
  {
    name: '0016-clock',
    up: `
      create sequence clock_seen;
      select setval('clock_seen', (extract(epoch from now()) * 1000)::bigint);
      grant select, update on sequence clock_seen to ${sweepRoleOf('scheduler')};
    `,
  },
  {
    // An account without a licence is still in the directory: what a set has of it does not age as if it had left.
    name: '0017-unlicensed-resources',
    up: `
      create table unlicensed_resources (
        tenant_id         uuid not null,
        backup_set_id     uuid not null references backup_sets on delete cascade,
        resource_id       text not null,
        job_started_at    timestamptz not null,
        primary key (backup_set_id, resource_id)
      );
      ${enableTenantRls('scheduler', 'unlicensed_resources')}
    `,
  },
];
