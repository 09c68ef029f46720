import {
  parsePackName,
  type DestinationId,
  type JobId,
  type PackName,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { packObjectName } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { PackEntries, RegisteredPack } from '../../app/chunk-index.port.js';
import {
  type AffectedSnapshot,
  type ExpectedObject,
  type FindingPage,
  type FindingTally,
  Integrity,
  type NotedDamage,
  type Recount,
  type SeenDamage,
  type ToldFinding,
} from '../../app/integrity.port.js';
import type { LostByAge } from '../../domain/old-state.js';
import type { Expected } from '../../domain/sample-share.js';
import { indexedChunks, reindexPack } from './indexed-chunks.js';
import { isKept, selectExpected } from './expected-objects.js';
import { findingFrom, readFindingToken, tallyFrom, type TallyRow, writeFindingToken } from './finding-rows.js';
import { keepFinding } from './keep-finding.js';
import { lostByAge } from './lost-by-age.js';
import { noteDamage } from './note-damage.js';
import { recountPacks } from './recount-packs.js';
import { restorableSnapshots } from './restorable-snapshots.js';
import type { StorageSchema, StorageSweep } from './schema.js';

@Injectable()
export class PostgresIntegrity extends Integrity {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override objects(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    { after, size }: { readonly after: string; readonly size: number },
  ): Promise<readonly ExpectedObject[]> {
    const rest = sql`and o.name collate "C" > ${after} order by o.name collate "C" limit ${size}`;
    return this.database.inTenant(tenant, (tx) => selectExpected(tx, { tenant, vault, destination }, rest));
  }

  override readLongestAgo(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    { before, size }: { readonly before: number; readonly size: number },
  ): Promise<readonly ExpectedObject[]> {
    const rest = sql`and p.looked_at < ${new Date(before)} order by p.looked_at, p.object_no limit ${size}`;
    return this.database.inTenant(tenant, (tx) => selectExpected(tx, { tenant, vault, destination }, rest));
  }

  override async knownNames(tenant: TenantId, vault: VaultId, names: readonly string[]): Promise<ReadonlySet<string>> {
    if (names.length === 0) return new Set();
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('objects')
        .select('name')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('name', 'in', names)
        .execute(),
    );
    return new Set(rows.map(({ name }) => name));
  }

  override async expected(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    before?: number,
  ): Promise<Expected> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<Expected>`
        select count(*) as objects, coalesce(sum(o.bytes), 0)::bigint as bytes
        from object_places p join objects o on o.object_no = p.object_no left join packs k on k.pack_no = o.object_no
        where p.tenant_id = ${tenant} and p.vault_id = ${vault} and p.destination_id = ${destination}
          and ${isKept(destination)}
          and (${before === undefined} or p.looked_at < ${new Date(before ?? 0)})`.execute(tx),
    );
    return rows[0] ?? { objects: 0, bytes: 0 };
  }

  override async noteRead(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    names: readonly string[],
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      sql`
        update object_places p set looked_at = now() from objects o
        where o.tenant_id = ${tenant} and o.vault_id = ${vault} and o.name = any(${[...names]}::text[])
          and p.object_no = o.object_no and p.destination_id = ${destination}`.execute(tx),
    );
  }

  override noteDamage(
    tenant: TenantId,
    vault: VaultId,
    { destination, name }: { readonly destination: DestinationId; readonly name: string },
    seen: SeenDamage,
  ): Promise<NotedDamage | undefined> {
    return this.database.inTenant(tenant, (tx) => noteDamage(tx, { tenant, vault, destination, name }, seen));
  }

  override async tell(
    tenant: TenantId,
    vault: VaultId,
    { destination, name }: { readonly destination: DestinationId; readonly name: string },
    told: ToldFinding,
  ): Promise<void> {
    const finding = { tenant, vault, destination, name, ...told };
    await this.database.inTenant(tenant, (tx) => keepFinding(tx, finding));
  }

  override replaceUnknown(tenant: TenantId, vault: VaultId, job: JobId): Promise<number> {
    return this.database.inTenant(tenant, async (tx) => {
      const { numAffectedRows } = await sql`
        with damaged as (
          update findings f set damage = 'altered', state = 'open'
          from objects o
          where f.tenant_id = ${tenant} and f.vault_id = ${vault} and f.job_id = ${job}
            and f.damage = 'unknown' and f.state = 'told'
            and o.vault_id = f.vault_id and o.name = f.object_name
            and exists (select from object_places p where p.object_no = o.object_no)
            and not exists (
              select from object_places p where p.object_no = o.object_no and p.destination_id = f.destination_id)
          returning o.object_no, f.destination_id
        )
        update copies_due c set replaces = true, not_before = now(), attempts = 0
        from damaged d where c.object_no = d.object_no and c.destination_id = d.destination_id`.execute(tx);
      return Number(numAffectedRows ?? 0n);
    });
  }

  override async keptBytes(tenant: TenantId, vault: VaultId, name: string): Promise<Uint8Array | undefined> {
    const row = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('snapshots')
        .select('sealed')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('object_name', '=', name)
        .executeTakeFirst(),
    );
    return row?.sealed;
  }

  override chunksOf(tenant: TenantId, vault: VaultId, pack: RegisteredPack): Promise<readonly PackEntries[]> {
    return this.database.inTenant(tenant, (tx) => indexedChunks(tx, { tenant, vault, pack }));
  }

  override async reindex(tenant: TenantId, vault: VaultId, pack: RegisteredPack): Promise<void> {
    await this.database.inTenant(tenant, (tx) => reindexPack(tx, { tenant, vault, pack }));
  }

  override recount(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly after: number; readonly size: number },
  ): Promise<Recount> {
    return this.database.inTenant(tenant, (tx) => recountPacks(tx, { tenant, vault }, page));
  }

  override async quarantined(tenant: TenantId, vault: VaultId): Promise<readonly PackName[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('packs')
        .select('name')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('state', '=', 'quarantined')
        .execute(),
    );
    return rows.map(({ name }) => parsePackName(name.toString('hex')));
  }

  override sealedSnapshots(
    tenant: TenantId,
    vault: VaultId,
    page: { readonly after: string; readonly size: number },
  ): Promise<readonly (AffectedSnapshot & { readonly sealed: Uint8Array })[]> {
    return this.database.inTenant(tenant, (tx) => restorableSnapshots(tx, { tenant, vault }, page));
  }

  override async noteAffected(
    tenant: TenantId,
    vault: VaultId,
    pack: PackName,
    snapshots: readonly AffectedSnapshot[],
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .updateTable('findings')
        .set({ snapshots: JSON.stringify(snapshots) })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('object_name', '=', packObjectName(pack))
        .where('state', '=', 'quarantined')
        .execute(),
    );
  }

  override async newestObject(tenant: TenantId, vault: VaultId): Promise<number> {
    const { newest } = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('objects')
        .select(sql<number>`coalesce(max(object_no), 0)::bigint`.as('newest'))
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .executeTakeFirstOrThrow(),
    );
    return newest;
  }

  override lostByAge(
    tenant: TenantId,
    vault: VaultId,
    destination: DestinationId,
    of: { readonly job: JobId; readonly upTo: number },
  ): Promise<LostByAge> {
    return this.database.inTenant(tenant, (tx) => lostByAge(tx, { tenant, vault, destination }, of));
  }

  override async forgetOlder(tenant: TenantId, vault: VaultId, job: JobId): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .deleteFrom('findings')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('job_id', '!=', job)
        .where('state', 'in', ['mended', 'told'])
        .execute(),
    );
  }

  override async tally(tenant: TenantId, vault: VaultId, job: JobId): Promise<FindingTally> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<TallyRow>`
        select damage, state, job_id = ${job}::uuid as is_of_job, count(*) as objects from findings
        where tenant_id = ${tenant} and vault_id = ${vault} group by 1, 2, 3`.execute(tx),
    );
    return tallyFrom(rows);
  }

  override async findings(
    tenant: TenantId,
    vault: VaultId,
    { size, token }: { readonly size: number; readonly token: string },
  ): Promise<FindingPage> {
    const after = readFindingToken(token);
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('findings')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .$if(after !== undefined, (query) =>
          query.where(sql<boolean>`(object_name, destination_id) > (${after?.name}, ${after?.destination}::uuid)`),
        )
        .orderBy('object_name')
        .orderBy('destination_id')
        .limit(size + 1)
        .execute(),
    );
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const findings = shown.map(findingFrom);
    if (rows.length <= size || !last) return { findings };
    return { findings, next: writeFindingToken({ name: last.object_name, destination: last.destination_id }) };
  }
}
