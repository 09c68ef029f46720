import { enableTenantRls, type Migration } from '@holdfast/platform';
import { STORAGE_SCHEMA } from '../schema.js';

/** Of the schema `storage`: retention, space freeing, and what deletions on request leave to it. A migration that has been released is never changed. */
export const freeingMigrations: readonly Migration[] = [
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
  {
    name: '0020-how-far-erasures-reach',
    up: `alter table erasures add column is_closed boolean not null default false;`,
  },
  {
    name: '0021-successors-of-packs',
    up: `alter table deletions_due add column successor_no bigint;`,
  },
];
