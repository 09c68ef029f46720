import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { DatabaseClock } from '../../app/database-clock.port.js';
import { LeaseLength } from '../../app/lease-task.js';
import { followClock } from './follow-clock.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

/** Tasks that one statement moves: far below what a statement may take, however many are open. */
const TASKS_A_PAGE = 500;

@Injectable()
export class PostgresClock extends DatabaseClock {
  constructor(
    private readonly database: Database<SchedulerSchema, SchedulerSweep>,
    private readonly leaseLength: LeaseLength,
  ) {
    super();
  }

  override follow(): Promise<number> {
    return this.database.acrossTenants('clock', (tx) =>
      followClock(tx, (backMs) => followBack(tx, backMs, this.leaseLength.ms)),
    );
  }
}

/** Moments that lie ahead come from before. All of it or nothing: what was moved once must not be moved again. */
async function followBack(tx: Transaction<SchedulerSchema>, backMs: number, leaseMs: number): Promise<void> {
  const back = sql`${backMs} * interval '1 millisecond'`;
  await followTasks(tx, back, leaseMs);
  // Who stops a job holds it and waits for its tasks, which are held here; whoever holds a job is about to touch it.
  await sql`
    update jobs set touched_at = touched_at - ${back} where job_id in (
      select job_id from jobs
      where state in ('running', 'stopping') and touched_at > now() for update skip locked)`.execute(tx);
  await sql`update notes_due set not_before = not_before - ${back} where not_before > now()`.execute(tx);
}

/**
 * A lease that ends within its length may have been taken since, and is left to its holder: where it is older, it ends by then all the
 * same.
 */
async function followTasks(tx: Transaction<SchedulerSchema>, back: ReturnType<typeof sql>, leaseMs: number) {
  const lease = sql`${leaseMs} * interval '1 millisecond'`;
  // It sees the tasks as they were, so that none comes twice.
  await sql`
    declare ahead no scroll cursor for select task_id from tasks
    where state in ('ready', 'leased') and greatest(not_before, rung_at, lease_expires_at) > now()`.execute(tx);
  for (;;) {
    const { rows } = await sql<{ task_id: string }>`fetch ${sql.lit(TASKS_A_PAGE)} from ahead`.execute(tx);
    if (rows.length === 0) break;
    await sql`
      update tasks set
        not_before = case when not_before > now() then not_before - ${back} else not_before end,
        rung_at = case when rung_at > now() then rung_at - ${back} else rung_at end,
        lease_expires_at = case when lease_expires_at > now() + ${lease} then lease_expires_at - ${back} else lease_expires_at end
      where task_id = any(${rows.map(({ task_id }) => task_id)}::uuid[]) and state in ('ready', 'leased')`.execute(tx);
  }
  await sql`close ahead`.execute(tx);
}
