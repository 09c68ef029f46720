import { parseChunkId, parsePackId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { Branch, TrailerEntry } from '@holdfast/vault';
import { sql } from 'kysely';
import type { RegisteredPack } from '../../app/chunk-index.port.js';
import { fromHex } from './from-hex.js';
import type { Tx } from './schema.js';

/** Rows that one statement writes. */
const BATCH = 1_000;

/** A chunk with the pack it lies in. */
export interface PlacedChunkRow {
  name: Buffer;
  pack_id: Buffer;
  branch: Branch;
  chunk_id: Buffer;
  pack_offset: number;
  sealed_bytes: number;
  plain_bytes: number;
  birth_pack_id: Buffer | null;
  birth_counter: number;
}

export interface NewChunks {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly packNo: number;
  readonly pack: RegisteredPack;
}

/** Answers how many of the pack's chunks the index now finds there: those that no live pack had. */
export async function insertChunks(tx: Tx, chunks: NewChunks): Promise<number> {
  // In one order for all writers, so that two packs with chunks in common do not wait for each other in a circle.
  const entries = [...chunks.pack.entries].sort((a, b) => (a.chunkId < b.chunkId ? -1 : 1));
  let inserted = 0;
  for (let at = 0; at < entries.length; at += BATCH)
    inserted += await insertBatch(tx, chunks, entries.slice(at, at + BATCH));
  return inserted;
}

async function insertBatch(
  tx: Tx,
  { tenant, vault, packNo, pack }: NewChunks,
  batch: readonly TrailerEntry[],
): Promise<number> {
  const birthOf = ({ birthPackId }: TrailerEntry) => (birthPackId === pack.packId ? null : fromHex(birthPackId));
  const { numAffectedRows } = await sql`
    insert into chunks (
      tenant_id, vault_id, pack_no, chunk_id, pack_offset, sealed_bytes, plain_bytes, birth_pack_id, birth_counter)
    select ${tenant}::uuid, ${vault}::uuid, ${packNo}::bigint, entry.*
    from unnest(
      ${batch.map(({ chunkId }) => fromHex(chunkId))}::bytea[],
      ${batch.map(({ offset }) => offset)}::int[],
      ${batch.map(({ sealedBytes }) => sealedBytes)}::int[],
      ${batch.map(({ plainBytes }) => plainBytes)}::int[],
      ${batch.map(birthOf)}::bytea[],
      ${batch.map(({ birthCounter }) => birthCounter)}::int[]
    ) as entry
    on conflict (vault_id, chunk_id) do update
      set pack_no = excluded.pack_no, pack_offset = excluded.pack_offset, sealed_bytes = excluded.sealed_bytes,
        plain_bytes = excluded.plain_bytes, birth_pack_id = excluded.birth_pack_id, birth_counter = excluded.birth_counter
      where exists (select from packs p where p.pack_no = chunks.pack_no and p.state <> 'live')`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

export function entryFrom(row: PlacedChunkRow): TrailerEntry {
  return {
    chunkId: parseChunkId(row.chunk_id.toString('hex')),
    offset: row.pack_offset,
    sealedBytes: row.sealed_bytes,
    plainBytes: row.plain_bytes,
    birthPackId: parsePackId((row.birth_pack_id ?? row.pack_id).toString('hex')),
    birthCounter: row.birth_counter,
  };
}
