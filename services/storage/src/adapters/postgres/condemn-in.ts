import type { TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import { lockObjects } from './lock-objects.js';
import type { Tx } from './schema.js';

/** Nobody copies or mends a condemned pack any more; each destination that holds it is to delete it. */
export async function condemnIn(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  packNos: readonly number[],
  { restMs, successorNo }: { readonly restMs: number; readonly successorNo?: number },
): Promise<void> {
  if (packNos.length === 0) return;
  const numbers = [...packNos];
  await lockObjects(tx, tenant, vault, numbers);
  await sql`
    update packs set state = 'condemned'
    where tenant_id = ${tenant} and vault_id = ${vault} and pack_no = any(${numbers}::bigint[])`.execute(tx);
  await sql`
    update findings f set state = 'mended', mended_at = now(), snapshots = '[]' from objects o
    where f.tenant_id = ${tenant} and f.vault_id = ${vault} and f.state in ('open', 'quarantined')
      and o.vault_id = f.vault_id and o.name = f.object_name and o.object_no = any(${numbers}::bigint[])`.execute(tx);
  await sql`delete from copies_due where object_no = any(${numbers}::bigint[])`.execute(tx);
  await sql`
    insert into deletions_due (tenant_id, vault_id, object_no, destination_id, is_snapshot, after_object_no, noted_no, successor_no, not_before)
    select tenant_id, vault_id, object_no, destination_id, false, newest.no, newest.no, ${successorNo ?? null}::bigint, now() + ${restMs} * interval '1 millisecond'
    from object_places, (select max(object_no) as no from objects where vault_id = ${vault}) newest
    where tenant_id = ${tenant} and object_no = any(${numbers}::bigint[])
    on conflict do nothing`.execute(tx);
}
