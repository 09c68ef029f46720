import type { ChunkId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import {
  type ChunkSource,
  NeededChunks,
  openSnapshot,
  ReadOnlyStore,
  type SnapshotBody,
  type SnapshotParts,
  type VaultKeys,
  VaultReader,
} from '@holdfast/vault';
import type { MarkableSnapshot } from './marked-snapshots.port.js';
import type { NeededIds } from './needed-ids.port.js';
import type { SnapshotBook } from './snapshot-book.js';

/** Opened nodes and records that a walk reads again, in bytes. */
const CACHE_BYTES = 16 * 1024 * 1024;

export interface MarkingScene {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly keys: VaultKeys;
  readonly source: ChunkSource;
  /** Where the ids of needed chunks go. */
  readonly ids: NeededIds;
  /** Where it is noted which snapshot needs which of them. */
  readonly book?: SnapshotBook | undefined;
}

/** Tells of all chunks that snapshots need, each chain from its oldest to its newest: after the first each costs what it changed. */
export class Marking {
  readonly #keys: VaultKeys;
  readonly #needed: NeededChunks;
  readonly #book: SnapshotBook | undefined;
  #last: { readonly of: MarkableSnapshot; readonly body: SnapshotBody } | undefined;

  constructor({ keys, source, ids, book }: MarkingScene) {
    this.#keys = keys;
    this.#book = book;
    const store = new ReadOnlyStore(new VaultReader({ keys, source, cacheBytes: CACHE_BYTES }));
    const tell = (chunk: ChunkId) => {
      ids.add(chunk);
      book?.need(chunk);
    };
    this.#needed = new NeededChunks(store, tell, book && { dropped: (chunk) => book.drop(chunk) });
  }

  /** In the order of chains. Answers the snapshot opened. */
  async next(snapshot: MarkableSnapshot): Promise<SnapshotParts> {
    const opened = this.open(snapshot.sealed);
    const last = this.#last && isOneChain(this.#last.of, snapshot) ? this.#last : undefined;
    this.#book?.turnTo(snapshot.storedNo, last !== undefined);
    await this.#needed.of(opened.body, last?.body);
    this.#last = { of: snapshot, body: opened.body };
    return opened;
  }

  /** Out of order; `parent` was told of before. */
  async late(snapshot: MarkableSnapshot, parent: Uint8Array | undefined): Promise<SnapshotId> {
    await this.#needed.of(this.open(snapshot.sealed).body, parent && this.open(parent).body);
    return snapshot.snapshotId;
  }

  private open(sealed: Uint8Array): SnapshotParts {
    return openSnapshot(sealed, this.#keys);
  }
}

export function isOneChain(one: MarkableSnapshot, other: MarkableSnapshot): boolean {
  return one.backupSetId === other.backupSetId && one.resourceId === other.resourceId;
}
