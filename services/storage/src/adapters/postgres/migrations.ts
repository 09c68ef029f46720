import { enableTenantRls, type Migration } from '@holdfast/platform';
import { STORAGE_SCHEMA } from './schema.js';

/** Parts of the chunk index; a vault's chunks all lie in one of them. */
const CHUNK_PARTS = Array.from({ length: 32 }, (_, part) => part);

const chunkPart = (part: number) => `
  create table chunks_${part} partition of chunks for values with (modulus ${CHUNK_PARTS.length}, remainder ${part});
  ${enableTenantRls(STORAGE_SCHEMA, `chunks_${part}`)}`;

/** Lets a step see a table's rows of all tenants, which binds its owner, too, before and after. */
const ofAllTenants = (table: string, step: string) => `
  alter table ${table} no force row level security;
  ${step}
  alter table ${table} force row level security;`;

/** The schema `storage`, in the order in which it grew. A migration that has been released is never changed. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-objects-chunks-snapshots',
    up: `
      create table vaults (
        tenant_id  uuid not null,
        vault_id   uuid primary key,
        created_at timestamptz not null default now()
      );
      create table vault_destinations (
        tenant_id      uuid not null,
        vault_id       uuid not null references vaults,
        destination_id uuid not null,
        position       integer not null,
        primary key (vault_id, destination_id),
        unique (vault_id, position)
      );

      create table objects (
        tenant_id uuid not null,
        vault_id  uuid not null references vaults,
        object_no bigint generated always as identity primary key,
        name      text not null,
        bytes     bigint not null,
        sha256    bytea not null,
        unique (vault_id, name)
      );
      create table object_places (
        tenant_id      uuid not null,
        vault_id       uuid not null,
        object_no      bigint not null references objects,
        destination_id uuid not null,
        primary key (object_no, destination_id)
      );
      create table copies_due (
        tenant_id      uuid not null,
        vault_id       uuid not null,
        object_no      bigint not null references objects,
        destination_id uuid not null,
        not_before     timestamptz not null default now(),
        primary key (object_no, destination_id)
      );
      create index copies_due_next on copies_due (not_before);

      create table packs (
        tenant_id uuid not null,
        vault_id  uuid not null,
        pack_no   bigint primary key references objects,
        name      bytea not null,
        pack_id   bytea not null,
        branch    text not null check (branch in ('data', 'meta')),
        bytes     bigint not null,
        chunks    integer not null,
        state     text not null default 'live' check (state in ('live', 'condemned')),
        unique (vault_id, name)
      );
      create table chunks (
        tenant_id     uuid not null,
        vault_id      uuid not null,
        chunk_id      bytea not null,
        pack_no       bigint not null,
        pack_offset   integer not null,
        sealed_bytes  integer not null,
        plain_bytes   integer not null,
        birth_pack_id bytea,
        birth_counter integer not null,
        primary key (vault_id, chunk_id)
      ) partition by hash (vault_id);
      ${CHUNK_PARTS.map(chunkPart).join('\n')}
      create table pack_pins (
        tenant_id uuid not null,
        vault_id  uuid not null,
        pack_no   bigint not null references packs,
        task_id   uuid not null,
        epoch     bigint not null,
        primary key (pack_no, task_id)
      );
      create index pack_pins_of_epoch on pack_pins (vault_id, epoch);

      create table chains (
        tenant_id        uuid not null,
        vault_id         uuid not null,
        backup_set_id    uuid not null,
        resource_id      text not null,
        epoch            bigint not null,
        head_snapshot_id bytea,
        primary key (vault_id, backup_set_id, resource_id)
      );
      create table snapshots (
        tenant_id          uuid not null,
        vault_id           uuid not null references vaults,
        snapshot_id        bytea not null,
        backup_set_id      uuid not null,
        resource_id        text not null,
        job_id             uuid not null,
        epoch              bigint not null,
        generation         integer not null,
        number             bigint not null,
        parent_snapshot_id bytea,
        job_started_at     timestamptz not null,
        sealed             bytea not null,
        object_name        text not null,
        destination_id     uuid not null,
        stored_at          timestamptz not null default now(),
        committed_at       timestamptz,
        primary key (vault_id, snapshot_id),
        unique (vault_id, object_name)
      );
      create index snapshots_newest on snapshots (vault_id, committed_at desc, snapshot_id) where committed_at is not null;
      create index snapshots_of_chain on snapshots (vault_id, backup_set_id, resource_id, generation, number);
      create index snapshots_of_job on snapshots (job_id);

      ${enableTenantRls(STORAGE_SCHEMA, 'vaults')}
      ${enableTenantRls(STORAGE_SCHEMA, 'vault_destinations', { isSwept: true })}
      ${enableTenantRls(STORAGE_SCHEMA, 'objects', { isSwept: true })}
      ${enableTenantRls(STORAGE_SCHEMA, 'object_places', { isSwept: true })}
      ${enableTenantRls(STORAGE_SCHEMA, 'copies_due', { isSwept: true })}
      ${enableTenantRls(STORAGE_SCHEMA, 'packs')}
      ${enableTenantRls(STORAGE_SCHEMA, 'chunks')}
      ${enableTenantRls(STORAGE_SCHEMA, 'pack_pins')}
      ${enableTenantRls(STORAGE_SCHEMA, 'chains')}
      ${enableTenantRls(STORAGE_SCHEMA, 'snapshots')}
    `,
  },
  {
    name: '0002-chunks-by-pack',
    up: `create index chunks_of_pack on chunks (vault_id, pack_no);`,
  },
  {
    name: '0003-packs-away',
    up: `
      alter table packs drop constraint packs_state_check;
      alter table packs add constraint packs_state_check check (state in ('live', 'condemned', 'away'));
      create index pack_pins_of_task on pack_pins (task_id);
    `,
  },
  {
    name: '0004-destinations-away',
    up: `
      alter table vault_destinations add column is_claimed boolean not null default true;
      create table vaults_to_clear (
        tenant_id      uuid not null,
        vault_id       uuid not null,
        destination_id uuid not null,
        attempts       integer not null default 0,
        not_before     timestamptz not null default now(),
        primary key (vault_id, destination_id)
      );
      create index vaults_to_clear_next on vaults_to_clear (not_before);
      ${enableTenantRls(STORAGE_SCHEMA, 'vaults_to_clear', { isSwept: true })}
    `,
  },
  {
    // Beside auth's, so that the deciding transaction never takes the word of a minute ago: a rebuild sets it with its first row.
    name: '0005-generation-of-vaults',
    up: `alter table vaults add column generation integer not null default 1;`,
  },
  {
    name: '0006-retention',
    up: `
      alter table snapshots add column retired_at timestamptz;
      create table retention_verdicts (
        tenant_id     uuid not null,
        vault_id      uuid not null,
        backup_set_id uuid not null,
        snapshot_id   bytea not null,
        resource_id   text not null,
        job_id        uuid not null,
        stays         boolean not null,
        explanation   text not null,
        primary key (vault_id, backup_set_id, snapshot_id)
      );
      ${enableTenantRls(STORAGE_SCHEMA, 'retention_verdicts')}
    `,
  },
  {
    name: '0007-freeing',
    up: `
      alter table snapshots add column stored_no bigint generated always as identity;
      alter table snapshots add column read_at timestamptz;
      alter table snapshots add column let_go_at timestamptz;
      create unique index snapshots_as_stored on snapshots (vault_id, stored_no);
      alter table packs add column registered_at timestamptz not null default now();
      create index packs_condemned on packs (vault_id, pack_no) where state = 'condemned';
      create table pack_doubles (
        tenant_id uuid not null,
        vault_id  uuid not null,
        pack_no   bigint not null references packs,
        holder_no bigint not null,
        primary key (pack_no, holder_no)
      );
      create table deletions_due (
        tenant_id       uuid not null,
        vault_id        uuid not null,
        object_no       bigint not null references objects,
        destination_id  uuid not null,
        is_snapshot     boolean not null,
        after_object_no bigint not null,
        not_before      timestamptz not null,
        attempts        integer not null default 0,
        primary key (object_no, destination_id)
      );
      create index deletions_due_next on deletions_due (not_before);
      create index deletions_due_of_snapshots on deletions_due (vault_id, destination_id) where is_snapshot;
      create index copies_due_of_vault on copies_due (vault_id, destination_id, object_no);
      create table freeing_shares (
        tenant_id    uuid not null,
        vault_id     uuid not null,
        job_id       uuid not null,
        dry_run      boolean not null,
        decided_at   timestamptz not null default now(),
        verdict      text not null,
        because      text not null,
        packs        bigint not null,
        bytes        bigint not null,
        needed_bytes bigint not null,
        primary key (vault_id, verdict, because)
      );
      ${enableTenantRls(STORAGE_SCHEMA, 'pack_doubles')}
      ${enableTenantRls(STORAGE_SCHEMA, 'deletions_due', { isSwept: true })}
      ${enableTenantRls(STORAGE_SCHEMA, 'freeing_shares')}
    `,
  },
  {
    // What was stored before counts as never read; what is stored from now on was read when the destination took it.
    name: '0008-integrity',
    up: `
      alter table packs drop constraint packs_state_check;
      alter table packs add constraint packs_state_check check (state in ('live', 'condemned', 'away', 'quarantined'));
      alter table object_places add column looked_at timestamptz not null default 'epoch';
      alter table object_places alter column looked_at set default now();
      create index object_places_by_look on object_places (vault_id, destination_id, looked_at, object_no);
      create index objects_by_name on objects (vault_id, name collate "C");
      alter table copies_due add column replaces boolean not null default false;
      create table findings (
        tenant_id      uuid not null,
        vault_id       uuid not null references vaults,
        object_name    text collate "C" not null,
        destination_id uuid not null,
        damage         text not null check (damage in ('missing', 'short', 'long', 'altered', 'trailer', 'unknown')),
        state          text not null check (state in ('open', 'mended', 'quarantined', 'told')),
        bytes          bigint not null,
        job_id         uuid not null,
        found_at       timestamptz not null default now(),
        mended_at      timestamptz,
        snapshots      jsonb not null default '[]',
        primary key (vault_id, object_name, destination_id)
      );
      ${enableTenantRls(STORAGE_SCHEMA, 'findings')}
    `,
  },
  {
    // An empty item id stands for all that a resource's snapshots list. Rows are told when the check that found them has seen all.
    name: '0009-affected-items',
    up: `
      create table affected_items (
        tenant_id         uuid not null,
        vault_id          uuid not null references vaults,
        job_id            uuid not null,
        is_told           boolean not null default false,
        backup_set_id     uuid not null,
        resource_id       text collate "C" not null,
        item_id           text collate "C" not null,
        kind              text not null,
        since_snapshot_id bytea not null,
        since_number      bigint not null,
        since_at          timestamptz not null,
        until_number      bigint,
        until_at          timestamptz,
        read_anew_epoch   bigint,
        primary key (vault_id, job_id, backup_set_id, resource_id, item_id, since_snapshot_id)
      );
      ${enableTenantRls(STORAGE_SCHEMA, 'affected_items')}
    `,
  },
  {
    name: '0010-bandwidth-shares',
    up: `
      -- Processes that send to a destination below a limit, each for a few seconds at a time.
      create table bandwidth_shares (
        tenant_id      uuid not null,
        destination_id uuid not null,
        holder         text not null,
        until          timestamptz not null,
        primary key (tenant_id, destination_id, holder)
      );
      ${enableTenantRls(STORAGE_SCHEMA, 'bandwidth_shares')}
    `,
  },
  {
    name: '0011-old-states',
    up: `
      alter table findings drop constraint findings_damage_check;
      alter table findings add constraint findings_damage_check
        check (damage in ('missing', 'short', 'long', 'altered', 'trailer', 'unknown', 'old-state'));
    `,
  },
  {
    // Every lock is due at first: what one destination locks by its settings, another does not, and settings change.
    name: '0012-object-locks',
    up: `
      alter table object_places add column locked_until timestamptz;
      alter table object_places add column lock_due_at timestamptz not null default now();
      create index object_places_by_lock on object_places (vault_id, destination_id, lock_due_at, object_no);
      -- Beside vault_destinations, whose rows whoever stores an object keeps from changing.
      create table lock_looks (
        tenant_id      uuid not null,
        vault_id       uuid not null,
        destination_id uuid not null,
        due_at         timestamptz not null default now(),
        primary key (vault_id, destination_id),
        foreign key (vault_id, destination_id) references vault_destinations on delete cascade
      );
      create index lock_looks_next on lock_looks (due_at);
      ${ofAllTenants(
        'vault_destinations',
        `insert into lock_looks (tenant_id, vault_id, destination_id)
         select tenant_id, vault_id, destination_id from vault_destinations;`,
      )}
      ${enableTenantRls(STORAGE_SCHEMA, 'lock_looks', { isSwept: true })}
      -- Of what was due before: packs wait for every snapshot that does.
      alter table deletions_due add column noted_no bigint not null default 0;
      ${ofAllTenants('deletions_due', 'update deletions_due set noted_no = after_object_no where not is_snapshot;')}
      alter table retention_verdicts add column is_only_locked boolean not null default false;
      alter table freeing_shares add column locked_bytes bigint not null default 0;
      alter table freeing_shares add column locked_until timestamptz;
    `,
  },
  {
    name: '0013-failing-locks',
    up: `
      alter table lock_looks add column failing_since timestamptz;
      alter table lock_looks add column failed_at timestamptz;
      alter table lock_looks add column failure text;
    `,
  },
  {
    name: '0014-attempts-of-copies',
    up: `alter table copies_due add column attempts integer not null default 0;`,
  },
  {
    // What was read before is due once more: which snapshot stands for that was not kept.
    name: '0015-read-anew',
    up: `
      alter table affected_items add column is_read boolean not null default false;
      create index affected_items_due on affected_items (vault_id, backup_set_id, resource_id, item_id)
        where until_number is null and not is_read;
    `,
  },
  {
    name: '0016-freeing-snapshots',
    up: `
      create table freeing_snapshots (
        tenant_id uuid not null,
        vault_id  uuid not null,
        stored_no bigint not null,
        bytes     bigint not null,
        primary key (vault_id, stored_no)
      );
      create index freeing_snapshots_by_bytes on freeing_snapshots (vault_id, bytes desc, stored_no);
      ${enableTenantRls(STORAGE_SCHEMA, 'freeing_snapshots')}
    `,
  },
  {
    name: '0017-erasures',
    up: `
      create table erasures (
        tenant_id   uuid not null,
        vault_id    uuid primary key references vaults,
        newest_pack bigint not null,
        noted_at    timestamptz not null
      );
      ${enableTenantRls(STORAGE_SCHEMA, 'erasures')}
    `,
  },
  {
    name: '0018-copies-that-await-a-return',
    up: `
      alter table copies_due add column awaits_return boolean not null default false;
      create index copies_due_awaiting on copies_due (destination_id) where awaits_return;
    `,
  },
  {
    name: '0019-erasure-holders',
    up: `
      create table erasure_holders (
        tenant_id     uuid not null,
        vault_id      uuid not null references vaults,
        backup_set_id uuid not null,
        resource_id   text not null,
        primary key (vault_id, backup_set_id, resource_id)
      );
      ${enableTenantRls(STORAGE_SCHEMA, 'erasure_holders')}
    `,
  },
];
