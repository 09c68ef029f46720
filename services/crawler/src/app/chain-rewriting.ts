import type { SnapshotId } from '@holdfast/kernel';
import { holdsAny, sealSnapshot, SigningKey, withoutItems, type SnapshotParts } from '@holdfast/vault';
import { randomBytes } from 'node:crypto';
import type { ChainAccess, ChainSnapshot } from './chain-access.port.js';
import { DeletionSelection } from './deletion-selection.js';

/** What a rewriting has done so far. */
export interface RewritingCounts {
  /** The most that one snapshot had. */
  items: number;
  snapshots: number;
}

export interface RewritingScene {
  readonly access: ChainAccess;
  /** As the request names them. */
  readonly itemIds: readonly string[];
  /** Of the task's lease. */
  readonly epoch: number;
  readonly signal: AbortSignal;
}

/**
 * Makes the snapshots of one resource anew without items that are to be deleted (docs/deletion.md). From the first that has any of them on,
 * each is committed once more, in their order and with the job and times of the one before; then those are replaced all at once. Begun again
 * it goes on with the newest of each job, so a crash anywhere leaves copies at most.
 */
export class ChainRewriting {
  readonly #selection: DeletionSelection;

  constructor(
    private readonly scene: RewritingScene,
    private readonly counts: RewritingCounts,
  ) {
    this.#selection = new DeletionSelection(scene.access.context, scene.itemIds);
  }

  async run(): Promise<void> {
    const all = await this.scene.access.snapshots();
    const chosen = newestOfEachJob(all);
    const newest = chosen.at(-1);
    if (!newest) return;
    await this.#selection.widen((await this.scene.access.open(newest.id)).body);
    const from = await this.#firstWithAny(chosen);
    const kept = new Set(chosen.slice(0, from).map(({ id }) => id));
    const going = all.filter(({ id }) => !kept.has(id));
    await this.scene.access.note(going);
    let parent = this.scene.access.head;
    const made: SnapshotId[] = [];
    for (const snapshot of chosen.slice(from)) {
      this.scene.signal.throwIfAborted();
      parent = await this.#follow(parent, snapshot);
      made.push(parent.id);
      this.counts.snapshots += 1;
    }
    // A legal hold may have come meanwhile.
    await this.scene.access.note(going);
    await this.scene.access.replace(going, made);
  }

  /** All of them where none has any. */
  async #firstWithAny(chosen: readonly ChainSnapshot[]): Promise<number> {
    for (const [at, { id }] of chosen.entries()) {
      this.scene.signal.throwIfAborted();
      const { body } = await this.scene.access.open(id);
      if (await holdsAny(this.scene.access.context, body, await this.#selection.of(body))) return at;
    }
    return chosen.length;
  }

  async #follow(parent: ChainAccess['head'], { id }: ChainSnapshot): Promise<NonNullable<ChainAccess['head']>> {
    const { context } = this.scene.access;
    const { header, body } = await this.scene.access.open(id);
    const rewritten = await withoutItems(context, body, await this.#selection.of(body));
    this.counts.items = Math.max(this.counts.items, rewritten.items);
    await this.scene.access.flush();
    const number = (parent?.number ?? 0) + 1;
    const sealed = await this.#seal({ header: { ...header, number, parent: parent?.id }, body: rewritten.body });
    return { id: await this.scene.access.commit(sealed), number };
  }

  async #seal({ header, body }: SnapshotParts): Promise<Uint8Array> {
    const { generation, keys } = this.scene.access;
    const key = SigningKey.fromSeed(randomBytes(32));
    const newPacks = [...this.scene.access.newPacks()];
    const certificate = await this.scene.access.certify(key);
    const { epoch } = this.scene;
    return sealSnapshot(
      { header: { ...header, epoch, generation, newPacks, certificate }, body },
      keys,
      key,
      randomBytes,
    );
  }
}

/** In the order of their jobs. A run that broke off may have left a copy of some. */
function newestOfEachJob(all: readonly ChainSnapshot[]): readonly ChainSnapshot[] {
  const newest = new Map<string, ChainSnapshot>();
  for (const snapshot of all.toSorted((a, b) => a.number - b.number)) newest.set(snapshot.jobId, snapshot);
  return [...newest.values()].sort((a, b) => a.jobStartedAt - b.jobStartedAt || a.number - b.number);
}
