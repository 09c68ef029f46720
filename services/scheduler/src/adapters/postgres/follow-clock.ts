import { sql, type Transaction } from 'kysely';

/** A clock that is kept right by a time server goes back by less at once; and less delays nothing that a person would notice. */
const LEAST_BACK_MS = 30_000;

/**
 * Has `follow` do what is due where the database's clock went back since it was looked at last, in a transaction of a sweep. It is told by how
 * many milliseconds, and is not called while the clock goes as clocks do. Answers the same; 0 where it was not called. The moment of the
 * last look is a sequence's value: it belongs to no tenant, and outlives every process.
 */
export async function followClock<Tables>(
  tx: Transaction<Tables>,
  follow: (backMs: number) => Promise<void>,
): Promise<number> {
  // Who comes second finds that the first has followed.
  await sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || '/clock', 0))`.execute(tx);
  const { rows } = await sql<{ back_ms: number }>`
    select last_value - (extract(epoch from clock_timestamp()) * 1000)::bigint as back_ms from clock_seen`.execute(tx);
  const backMs = Math.max(0, rows[0]?.back_ms ?? 0);
  const hasGoneBack = backMs >= LEAST_BACK_MS;
  if (hasGoneBack) await follow(backMs);
  // Not undone with the transaction; so it comes last.
  await sql`select setval('clock_seen', (extract(epoch from clock_timestamp()) * 1000)::bigint)`.execute(tx);
  return hasGoneBack ? backMs : 0;
}
