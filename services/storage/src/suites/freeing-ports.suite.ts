import type { Destination } from '@holdfast/destinations';
import { type DestinationId, parsePackId, type VaultId } from '@holdfast/kernel';
import { ChunkLookup, packObjectName, PackSink, type SealedPack } from '@holdfast/vault';
import type { PostgresChunkIndex } from '../adapters/postgres/postgres-chunk-index.js';
import { near, ours } from '../adapters/postgres/test-database.suite.js';
import { DestinationDirectory } from '../app/destination-directory.port.js';
import { FreeingTermsSource, type OpenTask } from '../app/freeing-terms.port.js';
import { MetadataKeys } from '../app/metadata-keys.port.js';
import type { TaskFence } from '../app/task-fence.js';
import type { Strikes } from './strikes.suite.js';

/** What a task asks the index of the vault under test. */
export class IndexLookup extends ChunkLookup {
  constructor(
    private readonly index: PostgresChunkIndex,
    private readonly vault: VaultId,
    private readonly fence: TaskFence,
  ) {
    super();
  }

  override async findMissing(ids: Parameters<ChunkLookup['findMissing']>[0]) {
    const known = await this.index.findKnown(ours, this.vault, this.fence, ids);
    return new Set(ids.filter((id) => !known.has(id)));
  }

  override async findPlaced(ids: Parameters<ChunkLookup['findPlaced']>[0]) {
    const placed = await this.index.locate(ours, this.vault, ids);
    return new Set(placed.flatMap(({ entries }) => entries.map(({ chunkId }) => chunkId)));
  }
}

/** Puts packs to the first destination and registers them, as storage does for a crawler. */
export class DestinationSink extends PackSink {
  constructor(
    private readonly index: PostgresChunkIndex,
    private readonly vault: VaultId,
    private readonly destination: Destination,
    private readonly fence: TaskFence,
  ) {
    super();
  }

  override async put({ name, branch, bytes, entries }: SealedPack): Promise<void> {
    const terms = { bytes: bytes.byteLength, sha256: name, ifAbsent: true };
    await this.destination.put(packObjectName(name), bytes, terms);
    const [{ birthPackId: packId } = { birthPackId: parsePackId('00'.repeat(16)) }] = entries;
    const pack = { name, branch, bytes: bytes.byteLength, entries, packId, destinationId: near };
    await this.index.register(ours, this.vault, pack, () => undefined, this.fence);
  }
}

/** The world's destinations; what goes to them may be struck. */
export class Directory extends DestinationDirectory {
  constructor(
    private readonly world: { readonly strikes: Strikes; destination(id: DestinationId): Promise<Destination> },
    private readonly isStruck = true,
  ) {
    super();
  }

  override async open(_tenant: unknown, _vault: unknown, id: DestinationId): Promise<Destination> {
    const destination = await this.world.destination(id);
    if (!this.isStruck) return destination;
    const { strikes } = this.world;
    return {
      put: (...args: Parameters<Destination['put']>) => strikes.io(() => destination.put(...args)),
      get: (...args: Parameters<Destination['get']>) => strikes.io(() => destination.get(...args)),
      read: (...args: Parameters<Destination['read']>) => strikes.io(() => destination.read(...args)),
      head: (...args: Parameters<Destination['head']>) => strikes.io(() => destination.head(...args)),
      digest: (...args: Parameters<Destination['digest']>) => strikes.io(() => destination.digest(...args)),
      delete: (...args: Parameters<Destination['delete']>) => strikes.io(() => destination.delete(...args)),
      list: async function* (prefix: string) {
        yield* await strikes.io(() => Array.fromAsync(destination.list(prefix)));
      },
      claim: () => destination.claim(),
    } as unknown as Destination;
  }

  override openBelow(): Promise<Destination> {
    throw new Error('every vault here has a destination of its own');
  }

  override openForTest(): Promise<Destination> {
    throw new Error('nothing is tested here');
  }
}

/** What scheduler says of the world's tasks. */
export class Terms extends FreeingTermsSource {
  constructor(private readonly world: { readonly isDryRun: boolean; readonly openTasks: readonly OpenTask[] }) {
    super();
  }

  override isDryRun(): Promise<boolean> {
    return Promise.resolve(this.world.isDryRun);
  }

  override async *openTasks(): AsyncGenerator<readonly OpenTask[]> {
    yield this.world.openTasks;
  }
}

/** The keys that marking is leased. */
export class Metadata extends MetadataKeys {
  constructor(private readonly keys: Awaited<ReturnType<MetadataKeys['lease']>>) {
    super();
  }

  override lease() {
    return Promise.resolve(this.keys);
  }
}
