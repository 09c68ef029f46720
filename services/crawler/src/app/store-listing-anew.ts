import type { ChunkId } from '@holdfast/kernel';
import { type Branch, ChunkStore, isDamage, NeededChunks, type SnapshotBody } from '@holdfast/vault';

/**
 * Stores once more what a snapshot lists, as far as the vault no longer counts it as there although it can be read: nodes, records and
 * lists, and no content. False where not all of it can be read; a list of one content is that item's own damage.
 */
export async function storeListingAnew(store: ChunkStore, body: SnapshotBody, signal: AbortSignal): Promise<boolean> {
  const walk = new NeededChunks(new StoringAnew(store), () => undefined, {
    rest: async () => signal.throwIfAborted(),
    unreadable: (_, error) => {
      if (!isDamage(error)) throw error;
    },
  });
  try {
    await walk.of(body);
    return true;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return false;
  }
}

/** What is read is put, which the vault takes only where it lacks it. */
class StoringAnew extends ChunkStore {
  constructor(private readonly store: ChunkStore) {
    super();
  }

  override async get(branch: Branch, id: ChunkId): Promise<Uint8Array> {
    const plain = await this.store.get(branch, id);
    await this.store.put(branch, plain);
    return plain;
  }

  override put(branch: Branch, plain: Uint8Array): Promise<ChunkId> {
    return this.store.put(branch, plain);
  }

  override flush(): Promise<void> {
    return this.store.flush();
  }
}
