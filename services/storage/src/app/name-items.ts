import type { ChunkId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import {
  type Branch,
  isDamage,
  NeededChunks,
  type NeedingItem,
  openSnapshot,
  ReadOnlyStore,
  type SnapshotBody,
  type VaultKeys,
  VaultReader,
} from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import {
  AffectedItems,
  type AffectedChain,
  type AffectedState,
  type AffectedTally,
  type SnapshotPoint,
} from './affected-items.port.js';
import type { CheckScene } from './check-scene.js';
import { Integrity } from './integrity.port.js';
import { isOneChain } from './marking.js';
import { type MarkableSnapshot, MarkedSnapshots, NO_WORK } from './marked-snapshots.port.js';
import { MetadataKeys } from './metadata-keys.port.js';
import { StoredChunks } from './stored-chunks.js';

/** Chunks that are looked up together, and items whose states end together. */
const BATCH = 5_000;
const CACHE_BYTES = 16 * 1024 * 1024;

/** What is walked, and for which job. */
type NamedScene = Omit<CheckScene, 'counts'>;

/**
 * Names the items that need what no destination holds whole, by the snapshots that have them so: each chain from its oldest to its
 * newest snapshot, each after the first by what it changed. Reads metadata alone, a check nothing where nothing is lost. Memory does not
 * grow with the vault.
 */
@Injectable()
export class NameItems {
  constructor(
    private readonly affected: AffectedItems,
    private readonly integrity: Integrity,
    private readonly snapshots: MarkedSnapshots,
    private readonly keys: MetadataKeys,
    private readonly chunks: StoredChunks,
    private readonly logger: Logger,
  ) {}

  async run(held: HeldTask, scene: CheckScene): Promise<void> {
    const { tenant, vault, counts } = scene;
    await this.affected.settle(tenant, vault);
    const isAnyLost = (await this.integrity.quarantined(tenant, vault)).length > 0;
    const { items, itemsDue, resourcesDue } = await this.#name(held, scene, isAnyLost);
    counts.itemsAffected = items;
    counts.itemsDue = itemsDue;
    counts.resourcesDue = resourcesDue;
  }

  /** After a rebuild, when nobody knows which packs there were: what snapshots need may be in none that came back. */
  all(held: HeldTask, scene: NamedScene): Promise<AffectedTally> {
    return this.#name(held, scene, true);
  }

  async #name(held: HeldTask, scene: NamedScene, isAnyLost: boolean): Promise<AffectedTally> {
    const { tenant, vault, jobId } = scene;
    await this.affected.begin(tenant, vault, jobId);
    if (isAnyLost) {
      const keys = await this.keys.lease(held.grant);
      await this.#walk(scene, new AffectedWalk(scene, keys, this.chunks, this.affected));
    }
    return this.affected.tell(tenant, vault, jobId);
  }

  async #walk({ tenant, vault, signal }: NamedScene, walk: AffectedWalk): Promise<void> {
    const begin = await this.snapshots.begin(tenant, vault);
    const { storedNo } = await this.snapshots.storedUpTo(tenant, vault);
    for await (const page of this.snapshots.chains(tenant, vault, storedNo, begin, NO_WORK))
      for (const snapshot of page) {
        signal.throwIfAborted();
        if (snapshot.isRetired || !snapshot.isVisible) continue;
        await this.#next(walk, snapshot);
      }
    await walk.finish();
  }

  async #next(walk: AffectedWalk, snapshot: MarkableSnapshot): Promise<void> {
    try {
      await walk.next(snapshot);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await walk.unreadable();
      const { snapshotId, resourceId } = snapshot;
      this.logger.error('What a snapshot lists cannot be read whole', { snapshotId, resourceId, error });
    }
  }
}

const LISTING: AffectedState = { itemId: '', kind: '' };

/** Holds what snapshots need against what is lost, and notes it, a batch at a time. */
class AffectedWalk {
  readonly #store: ReadOnlyStore;
  readonly #walked: NeededChunks;
  #told: { readonly chunk: ChunkId; readonly item: NeedingItem | undefined }[] = [];
  #left: string[] = [];
  /** States of which a list of the content cannot be read. */
  #broken: AffectedState[] = [];
  /** Some snapshot of the chain lists in what is lost, though it can be read there. */
  #listsInLost = false;
  /** The newest snapshot that was walked, and the newest that was met. */
  #base: { readonly of: MarkableSnapshot; readonly body: SnapshotBody } | undefined;
  #last: { readonly of: MarkableSnapshot; readonly at: SnapshotPoint } | undefined;
  #now: { readonly of: MarkableSnapshot; readonly at: SnapshotPoint } | undefined;

  constructor(
    private readonly scene: NamedScene,
    private readonly keys: VaultKeys,
    chunks: StoredChunks,
    private readonly affected: AffectedItems,
  ) {
    const source = chunks.of(scene.tenant, scene.vault);
    this.#store = new ReadOnlyStore(new VaultReader({ keys, source, cacheBytes: CACHE_BYTES }));
    this.#walked = new NeededChunks(this.#store, (chunk, item) => this.#told.push({ chunk, item }), {
      left: (itemId) => this.#left.push(itemId),
      rest: () => this.#rest(),
      unreadable: ({ id, kind }, error) => {
        if (!isDamage(error)) throw error;
        this.#broken.push({ itemId: id, kind });
      },
    });
  }

  async next(snapshot: MarkableSnapshot): Promise<void> {
    if (this.#now && !isOneChain(this.#now.of, snapshot)) await this.finish();
    const { header, body } = openSnapshot(snapshot.sealed, this.keys);
    this.#meet(snapshot, header.jobStartedAt);
    const base = this.#base;
    await this.#walked.of(body, base && isOneChain(base.of, snapshot) ? base.body : undefined);
    // A listing that could not be read before this snapshot is of the past.
    this.#left.push(LISTING.itemId);
    await this.#settle();
    this.#base = { of: snapshot, body };
  }

  /** The next one is walked against the newest that could be read. */
  async unreadable(): Promise<void> {
    await this.#settle();
    if (this.#now) await this.#note(this.#now, [LISTING]);
  }

  /** The chain has no further snapshot: what its newest lists is due where it lies in what is lost, which earlier ones told of. */
  async finish(): Promise<void> {
    const newest = this.#base;
    if (this.#listsInLost && newest && newest.of === this.#now?.of && (await this.#isListedInLost(newest.body)))
      await this.#note(this.#now, [LISTING]);
    this.#listsInLost = false;
  }

  async #isListedInLost(body: SnapshotBody): Promise<boolean> {
    let chunks: ChunkId[] = [];
    let isLost = false;
    const look = async () => {
      isLost ||= (await this.#lost(chunks)).values().some((branch) => branch === 'meta');
      chunks = [];
    };
    const rest = async () => (chunks.length >= BATCH ? look() : undefined);
    const hearer = { rest, unreadable: () => undefined };
    try {
      await new NeededChunks(this.#store, (chunk) => chunks.push(chunk), hearer).of(body);
      await look();
    } catch (error) {
      if (!isDamage(error)) throw error;
      return true;
    }
    return isLost;
  }

  #lost(chunks: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, Branch>> {
    return this.affected.lost(this.scene.tenant, this.scene.vault, chunks);
  }

  #meet(snapshot: MarkableSnapshot, jobStartedAt: number): void {
    const { snapshotId, number } = snapshot;
    if (this.#now && !isOneChain(this.#now.of, snapshot)) this.#last = undefined;
    else this.#last = this.#now;
    this.#now = { of: snapshot, at: { snapshotId, number, jobStartedAt } };
  }

  async #rest(): Promise<void> {
    if (this.#told.length + this.#left.length + this.#broken.length >= BATCH) await this.#settle();
  }

  async #settle(): Promise<void> {
    const now = this.#now;
    if (!now) return;
    const [told, left, broken] = [this.#told, this.#left, this.#broken];
    this.#told = [];
    this.#left = [];
    this.#broken = [];
    const { tenant, vault } = this.scene;
    if (this.#last && left.length > 0)
      await this.affected.end(tenant, vault, this.#chain(now.of), left, { last: this.#last.at, from: now.at });
    const states = new Map(broken.map((state) => [state.itemId, state]));
    for (let at = 0; at < told.length; at += BATCH) {
      const some = told.slice(at, at + BATCH);
      const lost = await this.#lost(some.map(({ chunk }) => chunk));
      for (const { chunk, item } of some) {
        const branch = lost.get(chunk);
        // The walk has read it, or would have said so.
        if (branch === 'meta') this.#listsInLost = true;
        else if (branch && item) states.set(item.id, { itemId: item.id, kind: item.kind });
      }
    }
    if (states.size > 0) await this.#note(now, [...states.values()]);
  }

  #note({ of, at }: { readonly of: MarkableSnapshot; readonly at: SnapshotPoint }, states: readonly AffectedState[]) {
    const { tenant, vault } = this.scene;
    return this.affected.note(tenant, vault, this.#chain(of), at, states);
  }

  #chain({ backupSetId, resourceId }: MarkableSnapshot): AffectedChain {
    return { jobId: this.scene.jobId, backupSetId, resourceId };
  }
}
