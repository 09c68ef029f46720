import type { TenantId, VaultId } from '@holdfast/kernel';
import { sql, type RawBuilder } from 'kysely';
import type { ExpectedObject } from '../../app/integrity.port.js';
import type { Tx } from './schema.js';

export interface ExpectedRow {
  name: string;
  bytes: number;
  sha256: Buffer;
  is_held: boolean;
  is_damaged: boolean;
}

/** Of an object `o` and its pack `k`: space freeing does not want it gone there. */
export const isKept = (destination: string) => sql`(
  k.state is distinct from 'condemned'
  and not exists (
    select from deletions_due f where f.object_no = o.object_no and f.destination_id = ${destination}::uuid
  ))`;

/** The objects of a vault as they have to be at a destination, but for those that are being freed. */
export async function selectExpected(
  tx: Tx,
  { tenant, vault, destination }: { readonly tenant: TenantId; readonly vault: VaultId; readonly destination: string },
  rest: RawBuilder<unknown>,
): Promise<readonly ExpectedObject[]> {
  const { rows } = await sql<ExpectedRow>`
    select o.name, o.bytes, o.sha256, p.object_no is not null as is_held,
      exists (
        select from findings f
        where f.vault_id = o.vault_id and f.object_name = o.name collate "C" and f.destination_id = ${destination}::uuid
          and f.state in ('open', 'quarantined')
      ) as is_damaged
    from objects o
    left join packs k on k.pack_no = o.object_no
    left join object_places p on p.object_no = o.object_no and p.destination_id = ${destination}::uuid
    where o.tenant_id = ${tenant} and o.vault_id = ${vault} and ${isKept(destination)} ${rest}`.execute(tx);
  return rows.map(({ name, bytes, sha256, is_held, is_damaged }) => ({
    name,
    bytes,
    sha256: sha256.toString('hex'),
    isHeld: is_held,
    isDamaged: is_damaged,
  }));
}
