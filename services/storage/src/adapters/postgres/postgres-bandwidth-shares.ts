import type { DestinationId, TenantId } from '@holdfast/kernel';
import type { Database } from '@holdfast/platform';
import { sql } from 'kysely';
import { BandwidthShares } from '../../app/bandwidth-shares.port.js';
import type { StorageSchema, StorageSweep } from './schema.js';

/** By the database's clock, so that all processes mean the same time. A share that ends later than any may was taken before it went back. */
export class PostgresBandwidthShares extends BandwidthShares {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override take(tenant: TenantId, destination: DestinationId, holder: string, forMs: number): Promise<number> {
    return this.database.inTenant(tenant, async (tx) => {
      // One after another: two that came at once would each see itself alone.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`bandwidth/${tenant}/${destination}`}, 0))`.execute(tx);
      await sql`
        insert into bandwidth_shares (tenant_id, destination_id, holder, until)
        values (${tenant}, ${destination}, ${holder}, clock_timestamp() + ${forMs} * interval '1 millisecond')
        on conflict (tenant_id, destination_id, holder) do update set until = excluded.until`.execute(tx);
      await sql`
        delete from bandwidth_shares
         where tenant_id = ${tenant} and destination_id = ${destination} and holder <> ${holder}
           and (until <= clock_timestamp() or until > clock_timestamp() + ${forMs} * interval '1 millisecond')`.execute(
        tx,
      );
      const { holders } = await tx
        .selectFrom('bandwidth_shares')
        .select(({ fn }) => fn.countAll<string>().as('holders'))
        .where('tenant_id', '=', tenant)
        .where('destination_id', '=', destination)
        .executeTakeFirstOrThrow();
      return Number(holders);
    });
  }
}
