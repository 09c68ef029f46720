import { enableTenantRls, type Migration } from '@holdfast/platform';
import { STORAGE_SCHEMA } from '../schema.js';

/** Parts of the chunk index; a vault's chunks all lie in one of them. */
const CHUNK_PARTS = Array.from({ length: 32 }, (_, part) => part);

const chunkPart = (part: number) => `
  create table chunks_${part} partition of chunks for values with (modulus ${CHUNK_PARTS.length}, remainder ${part});
  ${enableTenantRls(STORAGE_SCHEMA, `chunks_${part}`)}`;

/** Of the schema `storage`: objects, chunks and snapshots, where they lie, and what copies are owed. A migration that has been released is never changed. */
export const objectsMigrations: readonly Migration[] = [
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
    name: '0014-attempts-of-copies',
    up: `alter table copies_due add column attempts integer not null default 0;`,
  },
  {
    name: '0018-copies-that-await-a-return',
    up: `
      alter table copies_due add column awaits_return boolean not null default false;
      create index copies_due_awaiting on copies_due (destination_id) where awaits_return;
    `,
  },
];
