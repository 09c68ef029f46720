import { mayLetGo, type SnapshotHeader } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { CondemnedPacks, type IndexedChunk } from './condemned-packs.port.js';
import { DecidePacks } from './decide-packs.js';
import { DemandGeneration } from './demand-generation.js';
import { DueDeletions } from './due-deletions.port.js';
import { type Erasure, Erasures } from './erasures.port.js';
import { FreeingRests } from './freeing-rests.js';
import { FreeingTermsSource } from './freeing-terms.port.js';
import { FindErasureHolders } from './find-erasure-holders.js';
import { Marking } from './marking.js';
import { type FreeingBegin, MarkedSnapshots, type OpenWork } from './marked-snapshots.port.js';
import type { FreeingCounts, MarkedVault } from './marked-vault.js';
import { MetadataKeys } from './metadata-keys.port.js';
import { NeededIdsRoom } from './needed-ids.port.js';
import { neededAmong } from './needed-of-packs.js';
import { NewestOfChain } from './newest-of-chain.js';
import { OpenWorkOf, type WorkFound } from './open-work.js';
import { PackTally } from '../domain/pack-tally.js';
import { SnapshotBook } from './snapshot-book.js';
import { SnapshotShares } from './snapshot-shares.port.js';
import { StoredChunks } from './stored-chunks.js';

/**
 * Frees what nothing in a vault needs any more, beside backups, restores and other freeings (docs/space-freeing.md): marks what is needed,
 * then decides pack by pack. Safe to repeat at any point: until a pack is condemned nothing but fences has changed, and a condemned one is
 * deleted by {@link DeleteCondemned}, whoever condemned it.
 */
@Injectable()
export class FreeSpace {
  constructor(
    private readonly terms: FreeingTermsSource,
    private readonly keys: MetadataKeys,
    private readonly snapshots: MarkedSnapshots,
    private readonly packs: CondemnedPacks,
    private readonly deletions: DueDeletions,
    private readonly openWork: OpenWorkOf,
    private readonly chunks: StoredChunks,
    private readonly room: NeededIdsRoom,
    private readonly decide: DecidePacks,
    private readonly rests: FreeingRests,
    private readonly shares: SnapshotShares,
    private readonly erasures: Erasures,
    private readonly findHolders: FindErasureHolders,
    private readonly demandGeneration: DemandGeneration,
  ) {}

  /** Counts into `counts` as it goes; ends with the reason of `held.signal` where that is aborted. */
  async run(held: HeldTask, counts: FreeingCounts): Promise<void> {
    const { tenantId, vaultId } = held.lease;
    const dryRun = await this.terms.isDryRun(held.grant);
    counts.isDryRun = dryRun;
    if (!dryRun) await this.demandGeneration.everywhere(tenantId, vaultId);
    const keys = await this.keys.lease(held.grant);
    // First: what it tells of was removed before marking begins.
    const erasure = await this.erasures.due(tenantId, vaultId);
    const begin = await this.snapshots.begin(tenantId, vaultId);
    const found = await this.openWork.run(held, keys);
    if (!dryRun) await this.snapshots.fenceEnded(tenantId, vaultId, begin, found.work);
    const reached = erasure && !dryRun ? await this.#reach(held, erasure, found) : erasure;
    if (!dryRun) await this.#letGo(held, begin, found.work);
    const { storedNo: upTo, generation } = await this.snapshots.storedUpTo(tenantId, vaultId);
    const tally = new PackTally(await this.packs.numbers(tenantId, vaultId, begin.newestPack));
    const ids = await this.room.open();
    const needs = dryRun ? await this.room.openForSnapshots() : undefined;
    try {
      const book = needs && new SnapshotBook(needs);
      const run: MarkedVault = { held, keys, begin, found, erasure: reached, dryRun, upTo, tally, ids, book };
      await this.#mark(run, generation, counts);
      await this.#tell(run);
      // Marking may have taken hours.
      if (!dryRun) await this.demandGeneration.everywhere(tenantId, vaultId);
      await this.decide.run(run, counts);
      await this.#tellSnapshots(run);
      if (reached && !dryRun) await this.#tellErasure(run, reached, counts);
    } finally {
      await ids.close();
      await needs?.close();
    }
  }

  /** A task that has been open since before the removal may register packs yet that hold some of it, of one that shared them. */
  #reach({ lease: { tenantId, vaultId } }: HeldTask, erasure: Erasure, { oldestMs }: WorkFound): Promise<Erasure> {
    return this.erasures.reach(tenantId, vaultId, erasure, oldestMs < erasure.ageMs);
  }

  async #letGo({ lease: { tenantId, vaultId }, signal }: HeldTask, begin: FreeingBegin, open: OpenWork): Promise<void> {
    await this.deletions.forgetGone(tenantId, vaultId);
    const { readersMs, deletionMs: restMs } = this.rests;
    while ((await this.snapshots.letGo(tenantId, vaultId, begin, { open, readersMs, restMs })) > 0)
      signal.throwIfAborted();
  }

  /** Marks all chunks that the kept snapshots need, and the packs that the newest of each chain and the open tasks name. */
  async #mark(run: MarkedVault, generation: number, counts: FreeingCounts): Promise<void> {
    const { held, keys, begin, found, dryRun, upTo, tally, ids, book } = run;
    const { tenantId: tenant, vaultId: vault } = held.lease;
    const marking = new Marking({ tenant, vault, keys, source: this.chunks.of(tenant, vault), ids, book });
    const newest = new NewestOfChain(generation, (_chain, headers) => this.#nameNewest(run, headers));
    for await (const page of this.snapshots.chains(tenant, vault, upTo, begin, found.work))
      for (const snapshot of page) {
        held.signal.throwIfAborted();
        if (dryRun && mayLetGo(snapshot, begin.at, this.rests.readersMs)) continue;
        const { header } = await marking.next(snapshot);
        await newest.pass(snapshot, header);
        counts.snapshots += 1;
        if (snapshot.isRetired) counts.snapshotsInUse += 1;
      }
    await newest.end();
    for await (const numbers of this.packs.pinned(tenant, vault)) for (const packNo of numbers) tally.markInUse(packNo);
    for (const packNo of found.packNos) tally.markInUse(packNo);
  }

  async #nameNewest({ held, tally }: MarkedVault, headers: readonly SnapshotHeader[]): Promise<void> {
    const { tenantId, vaultId } = held.lease;
    for (const { newPacks } of headers)
      for (const packNo of await this.packs.numbersOf(tenantId, vaultId, newPacks)) tally.markNewest(packNo);
  }

  async #tellErasure(run: MarkedVault, erasure: Erasure, counts: FreeingCounts): Promise<void> {
    const { tenantId, vaultId } = run.held.lease;
    await this.erasures.saveHolders(tenantId, vaultId, this.findHolders.run(run));
    if (counts.packsToErase + counts.snapshotsInUse > 0) return;
    // What it could not look at is told as a pack, so that another freeing follows.
    if (!(await this.erasures.end(tenantId, vaultId, erasure, run.begin))) counts.packsToErase = 1;
  }

  /** Holds the ids that were told against the index, part by part. */
  async #tell({ held, tally, ids }: MarkedVault): Promise<void> {
    const { tenantId, vaultId } = held.lease;
    for await (const { packNo, sealedBytes } of neededAmong(this.packs.chunks(tenantId, vaultId), ids)) {
      held.signal.throwIfAborted();
      tally.addNeeded(packNo, sealedBytes);
    }
  }

  /** Of the packs that were decided, so that its bytes and what several need come to what the reasons say is needed. */
  async #tellSnapshots({ held, tally, book }: MarkedVault): Promise<void> {
    const { tenantId, vaultId, jobId } = held.lease;
    const isDecided = ({ packNo }: IndexedChunk) => tally.has(packNo);
    if (book)
      await this.shares.save(
        tenantId,
        vaultId,
        jobId,
        await book.shares(this.packs.chunks(tenantId, vaultId), isDecided),
      );
  }
}
