import { parseDestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { WaitingDeletions, WaitingShare, WaitsFor } from '../../app/condemned-packs.port.js';
import type { Tx } from './schema.js';
import { hasSnapshotFirst, isBehind } from './what-holds-deletions.js';

interface ShareRow {
  readonly destination_id: string;
  readonly waits_for: WaitsFor;
  readonly objects: number;
  readonly bytes: number;
  readonly until: Date | null;
}

/**
 * What destinations still hold of what nothing needs, by what each object waits for there: the first that holds. A pack waits as long as the
 * last snapshot does that was let go before it at the destination (`mayDelete`), whatever its own lock.
 */
export async function waitingIn(tx: Tx, tenant: TenantId, vault: VaultId): Promise<WaitingDeletions> {
  const { rows } = await sql<ShareRow>`
    with due as (
      select d.destination_id, d.noted_no, d.is_snapshot, d.not_before, d.attempts, o.bytes, p.object_no is not null as is_there,
        case when p.locked_until > now() then p.locked_until end as own_until,
        ${isBehind} as is_behind, ${hasSnapshotFirst} as has_snapshot_first
      from deletions_due d join objects o on o.object_no = d.object_no
      left join object_places p on p.object_no = d.object_no and p.destination_id = d.destination_id
      where d.tenant_id = ${tenant} and d.vault_id = ${vault}
    ), ends as (
      select *, greatest(own_until, case when not is_snapshot then
        max(own_until) filter (where is_snapshot) over (partition by destination_id order by noted_no) end) as locked_until
      from due
    ), reasons as (
      select *, case
        when locked_until is not null then 'lock'
        when not is_there and not_before > now() then 'unfinished'
        when attempts = 0 and not_before > now() then 'rest'
        when is_behind then 'copies'
        when has_snapshot_first then 'snapshots'
        when attempts > 0 then 'another-try'
        else 'turn' end as waits_for
      from ends
    )
    select destination_id, waits_for, count(*) as objects, sum(bytes)::bigint as bytes,
      max(case waits_for when 'lock' then locked_until when 'unfinished' then not_before when 'rest' then not_before
        when 'another-try' then not_before end) as until
    from reasons group by destination_id, waits_for order by destination_id, waits_for`.execute(tx);
  const shares = rows.map(shareOf);
  const locked = shares.filter(({ waitsFor }) => waitsFor === 'lock');
  const ends = locked.flatMap(({ until }) => until ?? []);
  return {
    objects: sum(shares, 'objects'),
    bytes: sum(shares, 'bytes'),
    lockedBytes: sum(locked, 'bytes'),
    lockedUntil: ends.length > 0 ? Math.max(...ends) : undefined,
    shares,
  };
}

const shareOf = ({ destination_id, waits_for, objects, bytes, until }: ShareRow): WaitingShare => ({
  destinationId: parseDestinationId(destination_id),
  waitsFor: waits_for,
  objects,
  bytes,
  until: until?.getTime(),
});

const sum = (shares: readonly WaitingShare[], of: 'objects' | 'bytes') =>
  shares.reduce((total, share) => total + share[of], 0);
