import { type Lane, LANES } from '@holdfast/contracts';
import { Database, observe } from '@holdfast/platform';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

interface LaneLoad {
  readonly waiting: number;
  /** Seconds since the oldest of them became due. */
  readonly lagS: number;
  readonly leased: number;
}

const IDLE: LaneLoad = { waiting: 0, lagS: 0, leased: 0 };

/** Has the lanes' loads read from the task table whenever metrics are collected: nobody asks while telemetry is off. */
@Injectable()
export class TaskGauges implements OnApplicationBootstrap, OnApplicationShutdown {
  #stops: readonly (() => void)[] = [];
  #reading: Promise<ReadonlyMap<Lane, LaneLoad>> | undefined;

  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {}

  onApplicationBootstrap(): void {
    this.#stops = [
      observe('holdfast.tasks.waiting', () => this.#read(({ waiting }) => waiting)),
      observe('holdfast.tasks.lag', () => this.#read(({ lagS }) => lagS)),
      observe('holdfast.tasks.leased', () => this.#read(({ leased }) => leased)),
    ];
  }

  onApplicationShutdown(): void {
    for (const stop of this.#stops) stop();
  }

  /** Lanes without tasks are told too: silence would look like the last value. */
  async #read(valueOf: (load: LaneLoad) => number) {
    // The three are collected together: one statement answers them all.
    this.#reading ??= this.#loads().finally(() => (this.#reading = undefined));
    const loads = await this.#reading;
    return LANES.map((lane) => ({ value: valueOf(loads.get(lane) ?? IDLE), labels: { lane } }));
  }

  async #loads(): Promise<ReadonlyMap<Lane, LaneLoad>> {
    const rows = await this.database.acrossTenants('measure-tasks', (tx) =>
      tx
        .selectFrom('tasks')
        .select([
          'lane',
          sql<number>`count(*) filter (where state = 'leased' and lease_expires_at >= now())`.as('leased'),
          sql<number>`count(*) filter (where ${isDue})`.as('waiting'),
          sql<number>`coalesce(extract(epoch from now() - min(not_before) filter (where ${isDue})), 0)::float8`.as(
            'lagS',
          ),
        ])
        .where('state', 'in', ['ready', 'leased'])
        .groupBy('lane')
        .execute(),
    );
    return new Map(rows.map(({ lane, ...load }) => [lane, load]));
  }
}

/** Due since `not_before`; of a lapsed lease that is when it was due first. */
const isDue = sql<boolean>`(state = 'ready' and not_before <= now()) or (state = 'leased' and lease_expires_at < now())`;
