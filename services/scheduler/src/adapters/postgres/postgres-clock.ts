import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { DatabaseClock } from '../../app/database-clock.port.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

/** A clock that is kept right by a time server goes back by less at once; and less delays nothing that a person would notice. */
const LEAST_BACK_MS = 30_000;

/** The moment at which the clock was looked at last is a sequence's value: it belongs to no tenant, and outlives every process. */
@Injectable()
export class PostgresClock extends DatabaseClock {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override follow(): Promise<number> {
    return this.database.acrossTenants('clock', async (tx) => {
      // Who comes second finds that the first has followed.
      await sql`select pg_advisory_xact_lock(hashtextextended('scheduler/clock', 0))`.execute(tx);
      const { rows } = await sql<{ back_ms: number }>`
        select last_value - (extract(epoch from clock_timestamp()) * 1000)::bigint as back_ms from clock_seen`.execute(
        tx,
      );
      const backMs = Math.max(0, rows[0]?.back_ms ?? 0);
      const hasGoneBack = backMs >= LEAST_BACK_MS;
      if (hasGoneBack) await followBack(tx, backMs);
      // Not undone with the transaction; so it comes last.
      await sql`select setval('clock_seen', (extract(epoch from clock_timestamp()) * 1000)::bigint)`.execute(tx);
      return hasGoneBack ? backMs : 0;
    });
  }
}

/** Moments that lie ahead come from before; a lease that was taken since ends within a minute or is taken for one of them, which its holder survives by renewing it. */
async function followBack(tx: Transaction<SchedulerSchema>, backMs: number): Promise<void> {
  const back = sql`${backMs} * interval '1 millisecond'`;
  await sql`
    update tasks set
      not_before = case when not_before > now() then not_before - ${back} else not_before end,
      rung_at = case when rung_at > now() then rung_at - ${back} else rung_at end,
      lease_expires_at = case when lease_expires_at > now() + interval '1 minute' then lease_expires_at - ${back} else lease_expires_at end
    where state in ('ready', 'leased') and greatest(not_before, rung_at, lease_expires_at) > now()`.execute(tx);
  await sql`
    update jobs set touched_at = touched_at - ${back}
    where state in ('running', 'stopping') and touched_at > now()`.execute(tx);
  await sql`update notes_due set not_before = not_before - ${back} where not_before > now()`.execute(tx);
}
