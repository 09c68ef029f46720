import { parseDestinationId, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { NotedDamage, SeenDamage } from '../../app/integrity.port.js';
import { afterDamage } from '../../domain/damage.js';
import { isKept } from './expected-objects.js';
import { keepFinding } from './keep-finding.js';
import type { Tx } from './schema.js';
import { shareMember } from './vault-members.js';

/** Whoever found the damage mends it; after so long anybody does. */
export const LEFT_TO_FINDER_MS = 10 * 60 * 1000;

interface Damaged {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly destination: DestinationId;
  readonly name: string;
}

/** See `Integrity.noteDamage`. The object's row is locked, so that of two last copies only one can go at a time. */
export async function noteDamage(tx: Tx, at: Damaged, seen: SeenDamage): Promise<NotedDamage | undefined> {
  const { tenant, vault, destination, name } = at;
  if (!(await shareMember(tx, tenant, vault, destination))) return undefined;
  const { rows } = await sql<{ object_no: number }>`
    select o.object_no from objects o left join packs k on k.pack_no = o.object_no
    where o.tenant_id = ${tenant} and o.vault_id = ${vault} and o.name = ${name} and ${isKept(destination)}
    for no key update of o`.execute(tx);
  const [object] = rows;
  if (!object) return undefined;
  const holders = await holdersIn(tx, vault, object.object_no);
  const isHeld = holders.includes(destination);
  if (!isHeld && !(await isKnownDamage(tx, at))) return undefined;
  const others = holders.filter((holder) => holder !== destination);
  const after = afterDamage({ damage: seen.damage, otherHolders: others.length });
  if (after.isPlaceDropped) await dropPlace(tx, object.object_no, destination);
  if (after.isCopyDue) await oweCopy(tx, at, object.object_no);
  if (after.isQuarantined) await quarantine(tx, at, object.object_no);
  await keepFinding(tx, { ...at, ...seen, state: after.isQuarantined ? 'quarantined' : 'open' });
  return { ...after, holders: others };
}

async function holdersIn(tx: Tx, vault: VaultId, objectNo: number): Promise<readonly DestinationId[]> {
  const { rows } = await sql<{ destination_id: string }>`
    select p.destination_id from object_places p
    join vault_destinations d on d.vault_id = ${vault} and d.destination_id = p.destination_id
    where p.object_no = ${objectNo}::bigint order by d.position`.execute(tx);
  return rows.map(({ destination_id }) => parseDestinationId(destination_id));
}

async function isKnownDamage(tx: Tx, { vault, destination, name }: Damaged): Promise<boolean> {
  const row = await tx
    .selectFrom('findings')
    .select('object_name')
    .where('vault_id', '=', vault)
    .where('object_name', '=', name)
    .where('destination_id', '=', destination)
    .where('state', 'in', ['open', 'quarantined'])
    .executeTakeFirst();
  return row !== undefined;
}

async function dropPlace(tx: Tx, objectNo: number, destination: DestinationId): Promise<void> {
  await tx
    .deleteFrom('object_places')
    .where('object_no', '=', objectNo)
    .where('destination_id', '=', destination)
    .execute();
}

async function oweCopy(tx: Tx, { tenant, vault, destination }: Damaged, objectNo: number): Promise<void> {
  await sql`
    insert into copies_due (tenant_id, vault_id, object_no, destination_id, not_before, replaces)
    values (${tenant}, ${vault}, ${objectNo}::bigint, ${destination}, now() + ${LEFT_TO_FINDER_MS} * interval '1 millisecond', true)
    on conflict (object_no, destination_id) do update set replaces = true, not_before = excluded.not_before, attempts = 0`.execute(
    tx,
  );
}

/** Copies wait until there is something good to copy. */
async function quarantine(tx: Tx, { tenant, vault, name }: Damaged, objectNo: number): Promise<void> {
  await sql`
    update packs set state = 'quarantined'
    where tenant_id = ${tenant} and pack_no = ${objectNo}::bigint and state in ('live', 'away')`.execute(tx);
  await sql`update copies_due set not_before = 'infinity' where object_no = ${objectNo}::bigint`.execute(tx);
  await sql`
    update findings set state = 'quarantined'
    where tenant_id = ${tenant} and vault_id = ${vault} and object_name = ${name} and state = 'open'`.execute(tx);
}
