import type { DestinationId, JobId, TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { FindingRow, Tx } from './schema.js';

/** What a check saw of one name at one destination. */
interface FindingToKeep {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly destination: DestinationId;
  readonly name: string;
  readonly damage: FindingRow['damage'];
  readonly state: FindingRow['state'];
  readonly bytes: number;
  readonly jobId: JobId;
}

/** Keeps a finding in place of what was found there before. */
export async function keepFinding(
  tx: Tx,
  { tenant, vault, destination, name, damage, state, bytes, jobId }: FindingToKeep,
): Promise<void> {
  await sql`
    insert into findings (tenant_id, vault_id, object_name, destination_id, damage, state, bytes, job_id, mended_at)
    values (${tenant}, ${vault}, ${name}, ${destination}, ${damage}, ${state}, ${bytes}, ${jobId},
      case when ${state} = 'mended' then now() end)
    on conflict (vault_id, object_name, destination_id) do update set damage = excluded.damage, state = excluded.state,
      bytes = excluded.bytes, job_id = excluded.job_id, found_at = now(), mended_at = excluded.mended_at`.execute(tx);
}
