import { enableTenantRls, type Migration } from '@holdfast/platform';
import { STORAGE_SCHEMA } from '../schema.js';
import { ofAllTenants } from './of-all-tenants.js';

/** Of the schema `storage`: what destinations allow and keep: bandwidth and locks. A migration that has been released is never changed. */
export const destinationsMigrations: readonly Migration[] = [
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
];
