import { sql } from 'kysely';

// Of a row `d` of `deletions_due`: what keeps it waiting beside its own rest (`mayDelete`).

/**
 * The destination lacks what was stored before the object was let go, and another holds it whole. What no destination holds whole comes to
 * nobody; but where a freeing had copied out of a pack into one that is lost, what the first holds may be the last there is.
 */
export const isBehind = sql<boolean>`(exists (
  select from copies_due c where c.vault_id = d.vault_id and c.destination_id = d.destination_id
    and c.object_no <= d.after_object_no and c.not_before < 'infinity'
    and exists (select from object_places p where p.object_no = c.object_no)
) or exists (
  select from copies_due c where c.object_no = d.successor_no and (c.destination_id = d.destination_id or c.not_before = 'infinity')
))`;

/** Snapshots that were let go before a pack was condemned go before it. */
export const hasSnapshotFirst = sql<boolean>`(not d.is_snapshot and exists (
  select from deletions_due s
  where s.vault_id = d.vault_id and s.destination_id = d.destination_id and s.is_snapshot and s.noted_no <= d.noted_no
))`;
