import {
  AppError,
  isAppError,
  type DestinationId,
  type SnapshotId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import {
  type CommitAnswer,
  openSnapshotHeader,
  type RefusalCause,
  type StorageCommitAction,
  type StorageCommitEvent,
  type StorageCommitStep,
  stepStorage,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth, isDestinationFailure } from './destination-health.js';
import { FindMissingPacks } from './find-missing-packs.js';
import { IndexKeys } from './index-keys.port.js';
import { replaceCut } from './replace-object.js';
import { Snapshots, type SnapshotToStore, type StoredSnapshot } from './snapshots.port.js';

/** Where a commit happens, and what it wants to store; nothing where a stored head is only to be finished. */
export interface CommitScene {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly wanted?: SnapshotToStore;
}

/** One run of the protocol. */
interface Run extends CommitScene {
  /** The destination that has acknowledged the object. */
  holder?: DestinationId;
}

type Deed = Exclude<StorageCommitAction, { readonly do: 'answer' }>;

/** Pack names that a refusal lists; a crawler that sends these again is told the rest. */
const MAX_PACKS_TOLD = 50;

const WORDS: Record<RefusalCause, string> = {
  epoch: 'another holder has taken over the task',
  generation: 'the vault was rebuilt since the task began',
  parent: 'another snapshot has followed the same parent',
  number: 'its number does not follow its parent’s',
  'name-taken':
    'the destination holds another snapshot at its place, so the database is older than the vault; rebuild the vault',
};

/** Does what the commit protocol says, step by step, until it has an answer. A deed that fails leaves all safe to repeat. */
@Injectable()
export class PerformCommit {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly missingPacks: FindMissingPacks,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
    private readonly indexKeys: IndexKeys,
  ) {}

  /** The committed snapshot. COMMIT_REFUSED, or FAILED_PRECONDITION with `packs` where packs are gone. */
  async run(scene: CommitScene, first: StorageCommitStep): Promise<StoredSnapshot> {
    let { state, action } = first;
    const run: Run = { ...scene };
    while (action && action.do !== 'answer') {
      const event = await this.#perform(run, action);
      ({ state, action } = stepStorage(state, event));
    }
    if (!action) throw new Error('the commit protocol stopped without an answer');
    return this.#stored(scene, committed(action.answer));
  }

  async #perform(scene: Run, deed: Deed): Promise<StorageCommitEvent> {
    switch (deed.do) {
      case 'check-packs': {
        const { tenant, vault, wanted } = scene;
        if (!wanted) throw new Error('only a commit with a snapshot needs packs');
        const needed = { epoch: wanted.header.epoch, newPacks: deed.packs };
        return { type: 'packs-checked', missing: await this.missingPacks.run(tenant, vault, needed) };
      }
      case 'decide':
        if (!scene.wanted) throw new Error('only a commit with a snapshot is decided');
        return { type: 'decided', decision: await this.snapshots.decide(scene.tenant, deed.commit, scene.wanted) };
      case 'put':
        return { type: 'put', found: await this.#put(scene, await this.#stored(scene, deed.snapshot)) };
      case 'mark-visible': {
        const stored = await this.#stored(scene, deed.snapshot);
        await this.snapshots.markVisible(scene.tenant, stored, scene.holder ?? stored.destinationId);
        return { type: 'marked' };
      }
    }
  }

  /** To the first destination that takes it, of those that have all of the snapshot's packs: none is committed in part. */
  async #put(run: Run, snapshot: StoredSnapshot): Promise<'nothing' | 'same' | 'other'> {
    const [holder, ...others] = this.health.inOrder(run.tenant, await this.#holders(run, snapshot));
    let destination = holder ?? snapshot.destinationId;
    for (;;) {
      try {
        const found = await this.health.watch(run.tenant, destination, () => this.#putAt(run, snapshot, destination));
        run.holder = destination;
        return found;
      } catch (error) {
        const next = others.shift();
        if (next === undefined || !isDestinationFailure(error)) throw error;
        destination = next;
      }
    }
  }

  async #holders({ tenant, vault }: Run, { sealed }: StoredSnapshot): Promise<readonly DestinationId[]> {
    const { key, cipher } = await this.indexKeys.of(tenant, vault);
    return this.snapshots.holdersOfAll(tenant, vault, openSnapshotHeader(sealed, { cipher, indexKey: key }));
  }

  async #putAt(
    { tenant, vault }: Run,
    snapshot: StoredSnapshot,
    at: DestinationId,
  ): Promise<'nothing' | 'same' | 'other'> {
    const { objectName, sealed, snapshotId } = snapshot;
    const object = { name: objectName, bytes: sealed.byteLength, sha256: snapshotId };
    const destination = await this.directory.open(tenant, vault, at);
    try {
      await destination.put(objectName, sealed, { ...object, ifAbsent: true });
      return 'nothing';
    } catch (error) {
      if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
      if ((await destination.digest(objectName)).sha256 === snapshotId) return 'same';
      return (await replaceCut(destination, object, async () => sealed)) ? 'nothing' : 'other';
    }
  }

  async #stored({ tenant, vault }: CommitScene, id: SnapshotId): Promise<StoredSnapshot> {
    const stored = await this.snapshots.stored(tenant, vault, id);
    if (stored) return stored;
    throw new AppError('NOT_FOUND', 'The vault has no such snapshot.', { context: { snapshotId: id } });
  }
}

function committed(answer: CommitAnswer): SnapshotId {
  switch (answer.is) {
    case 'committed':
      return answer.snapshot;
    case 'refused':
      throw new AppError(
        'COMMIT_REFUSED',
        `The snapshot cannot be committed: ${WORDS[answer.because]}. Lease the task again.`,
        {
          context: { because: answer.because },
        },
      );
    case 'packs-needed':
      throw new AppError(
        'FAILED_PRECONDITION',
        'Packs of the snapshot are missing. Store what they held anew, and seal the snapshot anew.',
        {
          context: { packsNeeded: answer.packs.length, packs: answer.packs.slice(0, MAX_PACKS_TOLD).join() },
        },
      );
    case 'unavailable':
      throw new AppError('STORE_UNAVAILABLE', 'The commit could not be finished. Ask again with the same snapshot.');
  }
}
