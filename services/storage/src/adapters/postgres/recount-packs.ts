import type { TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { Recount } from '../../app/integrity.port.js';
import type { Tx } from './schema.js';

/** See `Integrity.recount`. Of a condemned pack chunks are taken over until it is deleted, and nobody counts them. */
export async function recountPacks(
  tx: Tx,
  { tenant, vault }: { readonly tenant: TenantId; readonly vault: VaultId },
  { after, size }: { readonly after: number; readonly size: number },
): Promise<Recount> {
  const { rows } = await sql<{ last: number | null; packs: number; chunks: number; bytes: number }>`
    with paged as (
      select k.pack_no, k.chunks, k.bytes, o.bytes as right_bytes, (
        select count(*)::int from chunks c where c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.pack_no = k.pack_no
      ) as right_chunks
      from packs k join objects o on o.object_no = k.pack_no
      where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.pack_no > ${after}::bigint and k.state = 'live'
      order by k.pack_no limit ${size}
    ), wrong as (
      select * from paged where chunks <> right_chunks or bytes <> right_bytes
    ), corrected as (
      update packs k set chunks = w.right_chunks, bytes = w.right_bytes from wrong w where k.pack_no = w.pack_no
      returning k.pack_no
    )
    select (select max(pack_no) from paged) as last, (select count(*) from corrected) as packs,
      coalesce((select sum(abs(chunks - right_chunks)) from wrong), 0)::bigint as chunks,
      coalesce((select sum(abs(bytes - right_bytes)) from wrong), 0)::bigint as bytes`.execute(tx);
  const [sums] = rows;
  if (!sums) throw new Error('a query of sums answers one row');
  const { last, packs, chunks, bytes } = sums;
  return { last: last ?? undefined, packsCorrected: packs, chunksOff: chunks, bytesOff: bytes };
}
