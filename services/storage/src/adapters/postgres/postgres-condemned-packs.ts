import { parseJobId, parsePackName, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { decideCondemning } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  type Condemned,
  type CondemningTerms,
  CondemnedPacks,
  type FreeingReport,
  type FreeingShare,
  type IndexedChunk,
  type PackToDecide,
  type RepackedPack,
  type WaitingDeletions,
} from '../../app/condemned-packs.port.js';
import type { Erasure } from '../../app/erasures.port.js';
import type { RegisteredPack } from '../../app/chunk-index.port.js';
import { condemnIn } from './condemn-in.js';
import { fromHex } from './from-hex.js';
import { extendErasure } from './postgres-erasures.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';
import { abandonIn, announceIn, takeOver } from './take-over.js';
import { waitingIn } from './waiting-in.js';
import { lockVault } from './vault-lock.js';

const CHUNKS_A_PAGE = 10_000;
const PACKS_A_PAGE = 1_000;
const NUMBERS_A_PAGE = 100_000;

@Injectable()
export class PostgresCondemnedPacks extends CondemnedPacks {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async numbers(tenant: TenantId, vault: VaultId, newest: number): Promise<Float64Array> {
    const pages: Float64Array[] = [];
    for (let last = 0; ;) {
      const after = last;
      const rows = await this.database.inTenant(tenant, (tx) =>
        standingPacks(tx, tenant, vault)
          .select('pack_no')
          .where('pack_no', '>', after)
          .where('pack_no', '<=', newest)
          .orderBy('pack_no')
          .limit(NUMBERS_A_PAGE)
          .execute(),
      );
      const end = rows.at(-1);
      if (!end) break;
      last = end.pack_no;
      pages.push(Float64Array.from(rows, ({ pack_no }) => pack_no));
    }
    const all = new Float64Array(pages.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const page of pages) {
      all.set(page, at);
      at += page.length;
    }
    return all;
  }

  override async numbersOf(tenant: TenantId, vault: VaultId, packs: readonly PackName[]): Promise<readonly number[]> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<{ pack_no: number }>`
        select pack_no from packs
        where tenant_id = ${tenant} and vault_id = ${vault} and name = any(${packs.map(fromHex)}::bytea[])`.execute(tx),
    );
    return rows.map(({ pack_no }) => pack_no);
  }

  override async *pinned(tenant: TenantId, vault: VaultId): AsyncGenerator<readonly number[]> {
    for (let last = 0; ;) {
      const after = last;
      const rows = await this.database.inTenant(tenant, (tx) =>
        tx
          .selectFrom('pack_pins')
          .select('pack_no')
          .distinct()
          .where('tenant_id', '=', tenant)
          .where('vault_id', '=', vault)
          .where('pack_no', '>', after)
          .orderBy('pack_no')
          .limit(PACKS_A_PAGE)
          .execute(),
      );
      const end = rows.at(-1);
      if (!end) return;
      last = end.pack_no;
      yield rows.map(({ pack_no }) => pack_no);
    }
  }

  override chunks(tenant: TenantId, vault: VaultId): AsyncIterable<readonly IndexedChunk[]> {
    return this.#chunks(tenant, vault, sql`true`);
  }

  override chunksOf(
    tenant: TenantId,
    vault: VaultId,
    packNos: readonly number[],
  ): AsyncIterable<readonly IndexedChunk[]> {
    return this.#chunks(tenant, vault, sql`pack_no = any(${[...packNos]}::bigint[])`);
  }

  async *#chunks(
    tenant: TenantId,
    vault: VaultId,
    which: ReturnType<typeof sql>,
  ): AsyncGenerator<readonly IndexedChunk[]> {
    for (let last: Buffer = Buffer.alloc(0); ;) {
      const after = last;
      const { rows } = await this.database.inTenant(tenant, (tx) =>
        sql<{ chunk_id: Buffer; pack_no: number; sealed_bytes: number }>`
          select chunk_id, pack_no, sealed_bytes from chunks
          where tenant_id = ${tenant} and vault_id = ${vault} and chunk_id > ${after} and ${which}
          order by chunk_id limit ${CHUNKS_A_PAGE}`.execute(tx),
      );
      const end = rows.at(-1);
      if (!end) return;
      last = end.chunk_id;
      yield rows.map(({ chunk_id, pack_no, sealed_bytes }) => ({
        head: chunk_id.readBigUInt64BE(),
        packNo: pack_no,
        sealedBytes: sealed_bytes,
      }));
    }
  }

  override async *toDecide(
    tenant: TenantId,
    vault: VaultId,
    { newest, since }: { readonly newest: number; readonly since: number | undefined },
  ): AsyncGenerator<readonly PackToDecide[]> {
    const recently = sql`${since === undefined ? 'infinity' : new Date(since)}::timestamptz`;
    for (let last = 0; ;) {
      const after = last;
      const { rows } = await this.database.inTenant(tenant, (tx) =>
        sql<{
          pack_no: number;
          name: Buffer;
          branch: 'data' | 'meta';
          bytes: number;
          is_recent: boolean;
          is_damaged: boolean;
          locked_until: Date | null;
        }>`
          select k.pack_no, k.name, k.branch, k.bytes, k.state = 'quarantined' as is_damaged, k.registered_at >= ${recently} or exists (
              select from pack_doubles d join packs l on l.pack_no = d.pack_no
              where d.holder_no = k.pack_no and d.vault_id = k.vault_id
                and (l.registered_at >= ${recently} or l.pack_no > ${newest}::bigint)
            ) as is_recent,
            (select max(p.locked_until) from object_places p where p.object_no = k.pack_no and p.locked_until > now()) as locked_until
          from packs k
          where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.state in ('live', 'quarantined')
            and k.pack_no > ${after}::bigint and k.pack_no <= ${newest}::bigint
          order by k.pack_no limit ${PACKS_A_PAGE}`.execute(tx),
      );
      const end = rows.at(-1);
      if (!end) return;
      last = end.pack_no;
      yield rows.map(({ pack_no, name, branch, bytes, is_recent, is_damaged, locked_until }) => ({
        packNo: pack_no,
        name: parsePackName(name.toString('hex')),
        branch,
        bytes,
        isRecent: is_recent,
        isDamaged: is_damaged,
        lockedUntil: locked_until?.getTime(),
      }));
    }
  }

  override async countAway(tenant: TenantId, vault: VaultId, newest: number): Promise<number> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<{ packs: number }>`
        select count(*) as packs from packs k
        where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.state = 'away' and k.pack_no <= ${newest}::bigint
          and exists (select from object_places p where p.object_no = k.pack_no)`.execute(tx),
    );
    return rows[0]?.packs ?? 0;
  }

  override condemn(
    tenant: TenantId,
    vault: VaultId,
    packNos: readonly number[],
    terms: CondemningTerms,
  ): Promise<Condemned> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const going = await decideIn(tx, tenant, vault, packNos, terms);
      if (!going) return { do: 'mark-first' };
      await condemnIn(tx, tenant, vault, [...going], { restMs: terms.restMs });
      return { do: 'condemned', packNos: going };
    });
  }

  override announce(tenant: TenantId, vault: VaultId, pack: RegisteredPack): Promise<void> {
    return this.database.inTenant(tenant, (tx) => announceIn(tx, tenant, vault, pack));
  }

  override replace(
    tenant: TenantId,
    vault: VaultId,
    { pack, from }: RepackedPack,
    terms: CondemningTerms & { readonly erasure: Erasure | undefined },
  ): Promise<Condemned> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const going = await decideIn(tx, tenant, vault, from, terms);
      if (!going) return { do: 'mark-first' };
      if (going.size === 0) await abandonIn(tx, tenant, vault, pack);
      else {
        const packNo = await takeOver(tx, { tenant, vault, pack, from: [...going] });
        await extendErasure(tx, tenant, vault, { packNo, known: terms.erasure });
        await condemnIn(tx, tenant, vault, [...going], { restMs: terms.restMs, successorNo: packNo });
      }
      return { do: 'condemned', packNos: going };
    });
  }

  override async saveReport(
    tenant: TenantId,
    vault: VaultId,
    { jobId, dryRun, shares }: Omit<FreeingReport, 'decidedAt'>,
  ): Promise<void> {
    await this.database.inTenant(tenant, async (tx) => {
      // Two freeings may end at the same time.
      await lockVault(tx, vault);
      for (const table of ['freeing_shares', 'freeing_snapshots'] as const)
        await tx.deleteFrom(table).where('tenant_id', '=', tenant).where('vault_id', '=', vault).execute();
      const key = { tenant_id: tenant, vault_id: vault, job_id: jobId, dry_run: dryRun };
      const rows = shares.map(({ neededBytes, lockedBytes, lockedUntil, ...share }) => ({
        ...key,
        ...share,
        needed_bytes: neededBytes,
        locked_bytes: lockedBytes,
        locked_until: lockedUntil === undefined ? null : new Date(lockedUntil),
      }));
      if (rows.length > 0) await tx.insertInto('freeing_shares').values(rows).execute();
    });
  }

  override report(
    tenant: TenantId,
    vault: VaultId,
  ): Promise<{ readonly report: FreeingReport | undefined; readonly waiting: WaitingDeletions }> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await tx
        .selectFrom('freeing_shares')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .orderBy('verdict')
        .orderBy('bytes', 'desc')
        .execute();
      const waiting = await waitingIn(tx, tenant, vault);
      const [first] = rows;
      if (!first) return { report: undefined, waiting };
      const shares = rows.map(({ verdict, because, packs, bytes, needed_bytes, locked_bytes, locked_until }) => ({
        verdict: verdict as FreeingShare['verdict'],
        because: because as FreeingShare['because'],
        packs,
        bytes,
        neededBytes: needed_bytes,
        lockedBytes: locked_bytes,
        lockedUntil: locked_until?.getTime(),
      }));
      const report = {
        jobId: parseJobId(first.job_id),
        dryRun: first.dry_run,
        decidedAt: first.decided_at.getTime(),
        shares,
      };
      return { report, waiting };
    });
  }
}

/** Damaged ones, too: nothing may need them any more. */
const standingPacks = (tx: Tx, tenant: TenantId, vault: VaultId) =>
  tx
    .selectFrom('packs')
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .where('state', 'in', ['live', 'quarantined']);

/** Those of the packs that may be condemned; undefined where a snapshot has to be marked first. */
async function decideIn(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  packNos: readonly number[],
  terms: CondemningTerms,
): Promise<ReadonlySet<number> | undefined> {
  const going = new Set<number>();
  for (const { pack_no, is_live, is_pinned, has_unmarked } of await viewsOf(tx, tenant, vault, packNos, terms)) {
    const decision = decideCondemning({
      hasUnmarked: has_unmarked,
      isLive: is_live,
      isPinned: is_pinned,
      isNeededSince: terms.neededSince.has(pack_no),
    });
    if (decision === 'mark-first') return undefined;
    if (decision === 'condemn') going.add(pack_no);
  }
  return going;
}

interface ViewRow {
  readonly pack_no: number;
  readonly is_live: boolean;
  readonly is_pinned: boolean;
  readonly has_unmarked: boolean;
}

/** A pack is pinned too where one that came since marking began has chunks that the index finds in it. */
async function viewsOf(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  packNos: readonly number[],
  { upTo, newest }: { readonly upTo: number; readonly newest: number },
): Promise<readonly ViewRow[]> {
  const { rows } = await sql<ViewRow>`
    select k.pack_no, k.state in ('live', 'quarantined') as is_live,
      exists (select from pack_pins n where n.pack_no = k.pack_no)
        or exists (select from pack_doubles d where d.holder_no = k.pack_no and d.pack_no > ${newest}::bigint) as is_pinned,
      exists (
        select from snapshots s where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.stored_no > ${upTo}::bigint and s.let_go_at is null
      ) as has_unmarked
    from packs k
    where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.pack_no = any(${[...packNos]}::bigint[])`.execute(tx);
  return rows;
}
