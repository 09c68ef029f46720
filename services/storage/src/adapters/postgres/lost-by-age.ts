import type { DestinationId, JobId, TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { LostByAge } from '../../domain/old-state.js';
import type { Tx } from './schema.js';

/** See `Integrity.lostByAge`. What a check mended meanwhile counts as lost: the finding says that it was. */
export async function lostByAge(
  tx: Tx,
  at: { readonly tenant: TenantId; readonly vault: VaultId; readonly destination: DestinationId },
  { job, upTo }: { readonly job: JobId; readonly upTo: number },
): Promise<LostByAge> {
  const { tenant, vault, destination } = at;
  const { rows } = await sql<LostByAge>`
    with lost as (
      select o.object_no, exists (
          select from snapshots s where s.vault_id = o.vault_id and s.object_name = o.name
        ) as is_snapshot
      from findings f join objects o on o.vault_id = f.vault_id and o.name = f.object_name
      where f.tenant_id = ${tenant} and f.vault_id = ${vault} and f.destination_id = ${destination}::uuid
        and f.job_id = ${job}::uuid and f.damage = 'missing' and o.object_no <= ${upTo}::bigint
    ), held as (
      select p.object_no from object_places p
      where p.tenant_id = ${tenant} and p.vault_id = ${vault} and p.destination_id = ${destination}::uuid
        and p.object_no <= ${upTo}::bigint and not exists (select from lost l where l.object_no = p.object_no)
    )
    select (select count(*) from lost) as lost, (select count(*) from lost where is_snapshot) as "lostSnapshots",
      (select count(*) from held where object_no < (select min(object_no) from lost)) as "olderHeld",
      (select count(*) from held where object_no > (select min(object_no) from lost)) as "youngerHeld"`.execute(tx);
  return rows[0] ?? { lost: 0, lostSnapshots: 0, olderHeld: 0, youngerHeld: 0 };
}
