import { enableTenantRls, type Migration } from '@holdfast/platform';

/** The schema `reporting`, in the order in which it grew. A migration that has been released is never changed. */
export const migrations: readonly Migration[] = [
  {
    name: '0001-jobs-resources-events',
    up: `
      create table jobs (
        tenant_id      uuid not null,
        job_id         uuid primary key,
        kind           text not null,
        state          text not null,
        revision       integer not null,
        tasks_total    integer not null,
        warnings       jsonb not null,
        started_at_ms  bigint not null,
        finished_at_ms bigint not null
      );

      create table resources (
        tenant_id     uuid not null,
        job_id        uuid not null,
        resource_id   text not null,
        outcome       text not null,
        snapshot_id   text not null,
        error_code    text not null,
        error_message text not null,
        report        jsonb not null,
        primary key (job_id, resource_id)
      );

      create table progress (
        tenant_id      uuid not null,
        job_id         uuid not null,
        resource_id    text not null,
        is_running     boolean not null,
        items_done     bigint not null,
        items_expected bigint not null,
        bytes_done     bigint not null,
        requests       bigint not null,
        throttled      bigint not null,
        at_ms          bigint not null,
        primary key (job_id, resource_id)
      );

      create table events (
        tenant_id   uuid not null,
        event_id    bigint generated always as identity primary key,
        job_id      uuid not null,
        at_ms       bigint not null,
        severity    text not null,
        kind        text not null,
        resource_id text not null,
        message     text not null,
        -- One row for one happening, however often it is told.
        told_as     text not null,
        unique (job_id, told_as)
      );

      ${enableTenantRls('reporting', 'jobs')}
      ${enableTenantRls('reporting', 'resources')}
      ${enableTenantRls('reporting', 'progress')}
      ${enableTenantRls('reporting', 'events')}
    `,
  },
];
