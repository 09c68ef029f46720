import {
  AppError,
  isAppError,
  type Clock,
  type ResourceId,
  type SnapshotId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import {
  foldersTree,
  type FoldersTree,
  itemsTree,
  type ItemsTree,
  logTree,
  type LogTree,
  owedTree,
  type OwedTree,
  openSnapshot,
  snapshotIdOf,
  ReadOnlyStore,
  type SnapshotBody,
  type SnapshotHeader,
  VaultReader,
  verifySnapshot,
} from '@holdfast/vault';
import type { VaultAccess, VaultSecrets } from './vault-access.port.js';

/** Snapshots of one vault that are kept open; each is a few hundred bytes. */
const KEPT_SNAPSHOTS = 1_000;

/** Storage is told again after so long, at most, that somebody reads from a snapshot, and at the latest after this part of the time that it grants. */
const TELL_AGAIN_MS = 60 * 60 * 1000;
const TELL_AGAIN_SHARE = 1 / 4;
/** Nobody who grants no time at all is told more often than this. */
const TELL_AGAIN_LEAST_MS = 100;

interface KeptSnapshot {
  readonly opening: Promise<OpenedSnapshot>;
  readonly toldAt: number;
}

/** What somebody reads from for long. */
export interface HeldSnapshot {
  readonly resourceId: ResourceId;
  readonly snapshotId: SnapshotId;
}

/** A resource as one snapshot has it. */
export interface OpenedSnapshot {
  readonly id: SnapshotId;
  readonly vault: OpenedVault;
  readonly header: SnapshotHeader;
  readonly body: SnapshotBody;
}

/** A vault whose keys this process holds, with what was read from it lately. */
export class OpenedVault {
  readonly reader: VaultReader;
  readonly items: ItemsTree;
  readonly folders: FoldersTree;
  readonly log: LogTree;
  readonly owed: OwedTree;
  #lacksKey = false;
  readonly #snapshots = new Map<SnapshotId, KeptSnapshot>();
  /** By the newest word of storage. */
  #tellAgainMs = TELL_AGAIN_MS;

  constructor(
    readonly tenant: TenantId,
    readonly id: VaultId,
    readonly secrets: VaultSecrets,
    private readonly access: VaultAccess,
    cacheBytes: number,
    private readonly clock: Clock,
  ) {
    this.reader = new VaultReader({ keys: secrets.keys, source: access.chunks(tenant, id), cacheBytes });
    const context = { store: new ReadOnlyStore(this.reader), treeKey: secrets.keys.treeKey };
    this.items = itemsTree(context);
    this.folders = foldersTree(context);
    this.log = logTree(context);
    this.owed = owedTree(context);
  }

  /** It met a snapshot under a root key that was added since it was opened: whoever asks next has to open it anew. */
  get lacksKey(): boolean {
    return this.#lacksKey;
  }

  /**
   * The snapshot, proven to be signed by a certified task. NOT_FOUND when it is not one of this resource. Whoever reads from it for long
   * {@link hold}s it: while it is asked for, space freeing keeps what it needs.
   */
  async snapshot(resource: ResourceId, id: SnapshotId): Promise<OpenedSnapshot> {
    const kept = this.#snapshots.get(id);
    const { opening, toldAt } = kept ? this.#tellAgain(id, kept) : this.#keep(this.#open(id));
    this.#snapshots.delete(id);
    this.#snapshots.set(id, { opening, toldAt });
    const [oldest] = this.#snapshots.keys();
    if (this.#snapshots.size > KEPT_SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest);
    try {
      const opened = await opening;
      if (opened.header.resource === resource) return opened;
    } catch (error) {
      this.#snapshots.delete(id);
      if (isAppError(error, 'KEY_WRONG')) this.#lacksKey = true;
      throw error;
    }
    throw new AppError('NOT_FOUND', 'The snapshot is not one of this resource.', {
      context: { snapshotId: id, resourceId: resource },
    });
  }

  /**
   * Asks for these snapshots from now on until what it answers is called, however long that is: what they need stays, though retention lets
   * them go meanwhile. What cannot be opened is found out by whoever reads from it.
   */
  hold(snapshots: readonly HeldSnapshot[]): () => void {
    const stop = new AbortController();
    void this.#askAgain(snapshots, stop.signal);
    return () => {
      stop.abort();
    };
  }

  async #askAgain(snapshots: readonly HeldSnapshot[], signal: AbortSignal): Promise<void> {
    const isReleased = () => signal.aborted;
    while (!isReleased()) {
      for (const { resourceId, snapshotId } of snapshots) {
        if (isReleased()) return;
        await this.snapshot(resourceId, snapshotId).catch(() => undefined);
      }
      await this.clock.sleep(this.#tellAgainMs, signal).catch(() => undefined);
    }
  }

  #keep(opening: Promise<OpenedSnapshot>): KeptSnapshot {
    return { opening, toldAt: this.clock.now() };
  }

  #tellAgain(id: SnapshotId, kept: KeptSnapshot): KeptSnapshot {
    if (this.clock.now() - kept.toldAt < this.#tellAgainMs) return kept;
    // What was opened stays open where storage does not answer just now.
    return this.#keep(this.#open(id).catch(() => kept.opening));
  }

  async #open(id: SnapshotId): Promise<OpenedSnapshot> {
    const { sealed, keptForMs } = await this.access.sealedSnapshot(this.tenant, this.id, id);
    if (keptForMs > 0)
      this.#tellAgainMs = Math.min(TELL_AGAIN_MS, Math.max(TELL_AGAIN_LEAST_MS, keptForMs * TELL_AGAIN_SHARE));
    const { keys, signingKeys } = this.secrets;
    if (snapshotIdOf(sealed) !== id) throw strange(id, 'another one was given in its place');
    verifySnapshot(sealed, keys, signingKeys);
    const { header, body } = openSnapshot(sealed, keys);
    if (header.tenant === this.tenant && header.vault === this.id) return { id, vault: this, header, body };
    throw strange(id, 'it was made for another vault than it lies in');
  }
}

function strange(snapshotId: SnapshotId, why: string): AppError {
  return new AppError('VAULT_OBJECT_INVALID', `Snapshot ${snapshotId} is refused: ${why}. Nothing was read from it.`, {
    context: { snapshotId },
  });
}
