import { parseJobId, parsePackId, SystemClock } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { metadataKeysOf } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { sql } from 'kysely';
import { randomBytes, randomUUID } from 'node:crypto';
import { PostgresChunkIndex } from '../adapters/postgres/postgres-chunk-index.js';
import { PostgresCondemnedPacks } from '../adapters/postgres/postgres-condemned-packs.js';
import { PostgresDueDeletions } from '../adapters/postgres/postgres-due-deletions.js';
import { PostgresMarkedSnapshots } from '../adapters/postgres/postgres-marked-snapshots.js';
import { PostgresObjectPlaces } from '../adapters/postgres/postgres-object-places.js';
import { PostgresErasures } from '../adapters/postgres/postgres-erasures.js';
import { PostgresSnapshotShares } from '../adapters/postgres/postgres-snapshot-shares.js';
import { PostgresVaults } from '../adapters/postgres/postgres-vaults.js';
import { fromHex } from '../adapters/postgres/from-hex.js';
import { ours, type StorageTables } from '../adapters/postgres/test-database.suite.js';
import { FileNeededIdsRoom } from '../adapters/scratch/file-needed-ids.js';
import { CondemnPacks } from '../app/condemn-packs.js';
import { CopyDueObjects } from '../app/copy-due-objects.js';
import { DecidePacks } from '../app/decide-packs.js';
import { DeleteCondemned } from '../app/delete-condemned.js';
import { DemandGeneration } from '../app/demand-generation.js';
import { DestinationHealth } from '../app/destination-health.js';
import { FindErasureHolders } from '../app/find-erasure-holders.js';
import { FreeSpace } from '../app/free-space.js';
import type { OpenTask } from '../app/freeing-terms.port.js';
import { MarkLate } from '../app/late-marks.js';
import { type FreeingCounts, nothingFreed } from '../app/marked-vault.js';
import type { MendObject } from '../app/mend-object.js';
import { OpenWorkOf } from '../app/open-work.js';
import { PutRepacked } from '../app/put-repacked.js';
import { RepackPacks } from '../app/repack-packs.js';
import { StoredChunks } from '../app/stored-chunks.js';
import { BackedUpWorld, type KeptSnapshot, PACK_BYTES } from './backed-up-world.suite.js';
import { Directory, Metadata, Terms } from './freeing-ports.suite.js';

const clock = new SystemClock();
const logger = new SilentLogger();

/** Frees space in a vault beside whatever a test lets happen meanwhile. */
export class FreeingWorld extends BackedUpWorld {
  /** What scheduler says. */
  openTasks: readonly OpenTask[] = [];
  isDryRun = false;
  readersMs = 0;
  restMs = 0;

  /** The same tables, struck. */
  #struck(): StorageTables {
    const tables = this.database();
    return {
      inTenant: (...args: Parameters<StorageTables['inTenant']>) => this.strikes.io(() => tables.inTenant(...args)),
      acrossTenants: (...args: Parameters<StorageTables['acrossTenants']>) =>
        this.strikes.io(() => tables.acrossTenants(...args)),
    } as unknown as StorageTables;
  }

  /** As retention does. */
  async retire({ id }: KeptSnapshot): Promise<void> {
    for (const [resource, kept] of this.keptOf)
      this.keptOf.set(
        resource,
        kept.filter((each) => each.id !== id),
      );
    await this.database().inTenant(ours, (tx) =>
      tx.updateTable('snapshots').set({ retired_at: new Date() }).where('snapshot_id', '=', fromHex(id)).execute(),
    );
    // What is let go has to be older than the beginning of a freeing, in milliseconds.
    await clock.sleep(2);
  }

  /** One freeing; `meanwhile` runs when everything was marked. */
  async free(meanwhile: () => Promise<void> = async () => undefined): Promise<FreeingCounts> {
    const tables = this.#struck();
    const { parts, decide } = this.#parts(tables, meanwhile);
    const freeing = new FreeSpace(
      parts.terms,
      parts.metadata,
      parts.snapshots,
      parts.condemned,
      new PostgresDueDeletions(tables),
      new OpenWorkOf(parts.terms, parts.condemned, parts.stored, clock),
      parts.stored,
      parts.room,
      decide,
      parts.rests,
      new PostgresSnapshotShares(tables),
      new PostgresErasures(tables),
      new FindErasureHolders(parts.snapshots, parts.condemned),
      parts.demand,
    );
    const counts = nothingFreed();
    const lease = { tenantId: ours, vaultId: this.vault, jobId: parseJobId(randomUUID()) };
    const held = { lease, grant: 'grant', signal: new AbortController().signal };
    await freeing.run(held as unknown as HeldTask, counts);
    return counts;
  }

  #parts(tables: StorageTables, meanwhile: () => Promise<void>) {
    const directory = new Directory(this);
    const health = new DestinationHealth(clock, { ms: 0 });
    const condemned = new PostgresCondemnedPacks(tables);
    const snapshots = new PostgresMarkedSnapshots(tables);
    const demand = new DemandGeneration(new PostgresVaults(tables), directory, health);
    const rests = { readersMs: this.readersMs, deletionMs: this.restMs };
    const stored = new StoredChunks(
      new PostgresChunkIndex(tables),
      new PostgresObjectPlaces(tables),
      directory,
      health,
    );
    const room = new FileNeededIdsRoom(this.folder);
    const limits = {
      rule: { deadShare: 0.5, smallBytes: PACK_BYTES / 4 },
      packBytes: PACK_BYTES,
      newPackId: () => parsePackId(randomBytes(16).toString('hex')),
    };
    const put = new PutRepacked(new PostgresVaults(tables), condemned, directory, health);
    const late = new MarkLate(snapshots, condemned, stored, room);
    const repack = new RepackPacks(condemned, stored, put, limits, rests, logger);
    const decide = new DecidePacks(condemned, late, new CondemnPacks(condemned, rests), repack, limits);
    const terms = new Terms(this);
    const decided = {
      run: async (...args: Parameters<DecidePacks['run']>) => {
        await meanwhile();
        await decide.run(...args);
      },
    } as DecidePacks;
    const metadata = new Metadata(metadataKeysOf(this.keys));
    return { parts: { condemned, snapshots, rests, stored, room, terms, metadata, demand }, decide: decided };
  }

  /** All copies and deletions that are due. */
  async settle(): Promise<void> {
    const tables = this.#struck();
    const directory = new Directory(this);
    const health = new DestinationHealth(clock, { ms: 0 });
    const places = new PostgresObjectPlaces(tables);
    const pauses = { firstMs: 0, longestMs: 0 };
    // Nothing is damaged in this world.
    const mend = { run: () => Promise.resolve(false) } as unknown as MendObject;
    const copies = new CopyDueObjects(new PostgresVaults(tables), places, directory, { ms: 0 }, pauses, clock, mend);
    const demand = new DemandGeneration(new PostgresVaults(tables), directory, health);
    const deletions = new DeleteCondemned(new PostgresDueDeletions(tables), demand, directory, health, clock, logger);
    for (let isBusy = true; isBusy;) {
      await this.#hurry();
      isBusy = (await deletions.run()) > 0;
      for (let isUnderWay = true; isUnderWay;) {
        const copied = await copies.run();
        ({ isUnderWay } = copied);
        isBusy ||= copied.ended?.copy.vaultId === this.vault;
        // Those of the worlds before this one have nowhere to go.
        const error = copied.ended?.copy.vaultId === this.vault ? copied.ended.error : undefined;
        if (error === undefined) continue;
        await copies.finish();
        throw error instanceof Error ? error : new Error('a copy failed', { cause: error });
      }
    }
  }

  /** Objects whose deletion is not due within the hour. */
  async waitingForHours(): Promise<readonly string[]> {
    const rows = await this.database().inTenant(ours, (tx) =>
      tx
        .selectFrom('deletions_due as d')
        .innerJoin('objects as o', 'o.object_no', 'd.object_no')
        .select('o.name')
        .where('d.vault_id', '=', this.vault)
        .where('d.not_before', '>', new Date(clock.now() + 3_600_000))
        .execute(),
    );
    return rows.map(({ name }) => name);
  }

  /** What rests after a try that broke off rests no more; what worlds before this one have left, whose folders are gone, takes no turns. */
  async #hurry(): Promise<void> {
    for (const table of ['copies_due', 'deletions_due'] as const)
      await this.database().inTenant(ours, (tx) =>
        sql`
          update ${sql.table(table)}
          set not_before = case when vault_id = ${this.vault} then to_timestamp(0) else 'infinity' end`.execute(tx),
      );
  }

  /** Chunks at a destination that no kept snapshot needs and the index still finds in live packs. */
  async livePacks(): Promise<number> {
    const rows = await this.database().inTenant(ours, (tx) =>
      tx.selectFrom('packs').select('pack_no').where('vault_id', '=', this.vault).where('state', '=', 'live').execute(),
    );
    return rows.length;
  }
}
