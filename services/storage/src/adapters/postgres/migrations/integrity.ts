import { enableTenantRls, type Migration } from '@holdfast/platform';
import { STORAGE_SCHEMA } from '../schema.js';

/** Of the schema `storage`: checks, what they found, and what is read anew. A migration that has been released is never changed. */
export const integrityMigrations: readonly Migration[] = [
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
    name: '0011-old-states',
    up: `
      alter table findings drop constraint findings_damage_check;
      alter table findings add constraint findings_damage_check
        check (damage in ('missing', 'short', 'long', 'altered', 'trailer', 'unknown', 'old-state'));
    `,
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
];
