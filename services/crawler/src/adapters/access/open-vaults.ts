import type { KeyServiceController } from '@holdfast/contracts/auth/v1';
import type { Clock, PackName } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import {
  deriveVaultKeys,
  openVaultHeader,
  rootKeyFromBytes,
  VaultReader,
  VaultStore,
  VaultWriter,
  type EngineHost,
  type PackSink,
  type SealedPack,
  type TreeContext,
  type VaultKeys,
} from '@holdfast/vault';
import {
  PlaceTransport,
  StorageChunkLookup,
  StorageChunkSource,
  StoragePackSink,
  type HeldTask,
  type LiveGrant,
} from '@holdfast/worker';
import { randomBytes } from 'node:crypto';

/** A vault as one task holds it. */
export interface OpenedVault {
  readonly writer: VaultWriter;
  readonly context: TreeContext;
  readonly keys: VaultKeys;
  readonly signingPublicKey: Uint8Array;
  readonly generation: number;
  /** Packs that the process has written since this task opened the vault: its own among them. */
  newPacks(): readonly PackName[];
  release(): Promise<void>;
}

/**
 * The vaults that this process writes to: one writer for each, shared by all its tasks, so that their chunks share packs. A
 * writer that has failed is replaced for the tasks that come after it.
 */
export class OpenVaults {
  readonly #auth: GrpcClient<KeyServiceController>;
  readonly #open = new Map<string, Promise<SharedVault>>();
  readonly #transport = new PlaceTransport();

  constructor(
    auth: GrpcConnection,
    private readonly storage: GrpcConnection,
    private readonly engines: EngineHost,
    private readonly clock: Clock,
  ) {
    this.#auth = auth.client<KeyServiceController>('KeyService', { repeatable: ['openVault'] });
  }

  async open(held: HeldTask): Promise<OpenedVault> {
    const key = `${held.lease.tenantId}/${held.lease.vaultId}`;
    let opening = this.#open.get(key);
    if (!opening || (await opening.catch(() => undefined))?.hasFailed !== false) {
      opening = this.#make(held);
      this.#open.set(key, opening);
    }
    const shared = await opening;
    return shared.join(held, () => {
      if (this.#open.get(key) === opening) this.#open.delete(key);
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #make(held: HeldTask): Promise<SharedVault> {
    const opened = await this.#auth.openVault({ grant: held.grant });
    const roots = opened.rootKeys.map(({ key }) => rootKeyFromBytes(key));
    const header = openVaultHeader(opened.header, deriveVaultKeys(roots).headerKey);
    const keys = deriveVaultKeys(roots, header.cipher);
    const grants = new GrantPool();
    const sink = new WatchedSink(new StoragePackSink(this.storage, grants, this.#transport, this.clock));
    const writer = new VaultWriter({
      keys,
      lookup: new StorageChunkLookup(this.storage, grants),
      sink,
      random: randomBytes,
      chunks: header.chunks,
      engines: this.engines,
    });
    const source = new StorageChunkSource(this.storage, held.lease, this.#transport, this.clock);
    const store = new VaultStore(writer, new VaultReader({ keys, source }));
    return new SharedVault(writer, { store, treeKey: keys.treeKey }, keys, opened.signingPublicKey, opened.generation, grants, sink);
  }
}

/** The newest live grant among the tasks that share a writer. */
class GrantPool implements LiveGrant {
  readonly #held = new Set<HeldTask>();

  add(held: HeldTask): void {
    this.#held.add(held);
  }

  remove(held: HeldTask): void {
    this.#held.delete(held);
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get grant(): string {
    const alive = [...this.#held].filter((held) => !held.signal.aborted);
    return (alive.at(-1) ?? [...this.#held].at(-1))?.grant ?? '';
  }
}

/** Remembers the names of what went through and whether anything failed. */
class WatchedSink implements PackSink {
  readonly #names: PackName[] = [];
  hasFailed = false;

  constructor(private readonly sink: PackSink) {}

  async put(pack: SealedPack): Promise<void> {
    try {
      await this.sink.put(pack);
      this.#names.push(pack.name);
    } catch (error) {
      this.hasFailed = true;
      throw error;
    }
  }

  get count(): number {
    return this.#names.length;
  }

  since(count: number): readonly PackName[] {
    return [...new Set(this.#names.slice(count))];
  }
}

class SharedVault {
  constructor(
    private readonly writer: VaultWriter,
    private readonly context: TreeContext,
    private readonly keys: VaultKeys,
    private readonly signingPublicKey: Uint8Array,
    private readonly generation: number,
    private readonly grants: GrantPool,
    private readonly sink: WatchedSink,
  ) {}

  get hasFailed(): boolean {
    return this.sink.hasFailed || this.writer.hasFailed;
  }

  join(held: HeldTask, onEmpty: () => void): OpenedVault {
    const before = this.sink.count;
    this.grants.add(held);
    const { writer, context, keys, signingPublicKey, generation } = this;
    return {
      writer,
      context,
      keys,
      signingPublicKey,
      generation,
      newPacks: () => this.sink.since(before),
      release: async () => {
        this.grants.remove(held);
        if (!this.grants.isEmpty) return;
        onEmpty();
        this.writer.close();
      },
    };
  }
}
