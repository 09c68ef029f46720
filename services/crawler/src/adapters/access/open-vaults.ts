import type { KeyServiceController, VaultKeys as WireKeys } from '@holdfast/contracts/auth/v1';
import type { Clock, PackName } from '@holdfast/kernel';
import type { Certificates, GrpcClient, GrpcConnection } from '@holdfast/platform';
import {
  deriveVaultKeys,
  openVaultHeader,
  rootKeyFromBytes,
  VaultReader,
  VaultStore,
  VaultWriter,
  type ChunkCache,
  type EngineHost,
  type TaskWriter,
  type SigningKeys,
  type TreeContext,
  type VaultKeys,
} from '@holdfast/vault';
import {
  ChunkQuestions,
  PlaceTransport,
  signingKeysFrom,
  StorageChunkSource,
  StoragePackSink,
  type HeldTask,
  type LiveGrant,
} from '@holdfast/worker';
import { randomBytes } from 'node:crypto';

/** What the vaults may take of the process. */
export interface VaultMemory {
  readonly engines: EngineHost;
  /** What tasks read of their parents' trees and wrote of their own runs, for all vaults together. */
  readonly cache: ChunkCache;
  /** Of one vault, for the chunks that were met last. */
  readonly recentBytes: number;
}

/** A vault as one task holds it. */
export interface OpenedVault {
  readonly writer: TaskWriter;
  readonly context: TreeContext;
  readonly keys: VaultKeys;
  readonly signingKeys: SigningKeys;
  readonly generation: number;
  /** Packs of this process that the task's chunks lie in. Complete after a flush. */
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
  readonly #transport: PlaceTransport;

  constructor(
    auth: GrpcConnection,
    private readonly storage: GrpcConnection,
    private readonly memory: VaultMemory,
    private readonly clock: Clock,
    certificates?: Certificates,
  ) {
    this.#transport = new PlaceTransport(certificates);
    this.#auth = auth.client<KeyServiceController>('KeyService', { repeatable: ['openVault'] });
  }

  async open(held: HeldTask): Promise<OpenedVault> {
    const key = `${held.lease.tenantId}/${held.lease.vaultId}`;
    const opened = await this.#auth.openVault({ grant: held.grant });
    let opening = this.#open.get(key);
    const known = await opening?.catch(() => undefined);
    // A ring that has grown since needs a writer that seals under its newest key.
    if (!opening || known?.hasFailed !== false || known.rootKeys !== opened.rootKeys.length) {
      opening = this.#make(held, opened);
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

  async #make(held: HeldTask, opened: WireKeys): Promise<SharedVault> {
    const roots = opened.rootKeys.map(({ key }) => rootKeyFromBytes(key));
    const header = openVaultHeader(opened.header, deriveVaultKeys(roots).headerKey);
    const keys = deriveVaultKeys(roots, header.cipher);
    const grants = new GrantPool();
    const questions = new ChunkQuestions(this.storage, held.lease);
    const writer = new VaultWriter({
      keys,
      lookup: questions.of(grants),
      sink: new StoragePackSink(this.storage, grants, this.#transport, this.clock),
      random: randomBytes,
      chunks: header.chunks,
      engines: this.memory.engines,
      recentBytes: this.memory.recentBytes,
    });
    const source = new StorageChunkSource(this.storage, held.lease, this.#transport, this.clock, grants);
    const { generation } = opened;
    const signingKeys = signingKeysFrom(opened.signingKeys);
    const { tenantId, vaultId } = held.lease;
    return new SharedVault({
      writer,
      reader: new VaultReader({ keys, source, cache: this.memory.cache.of(`${tenantId}/${vaultId}`) }),
      keys,
      signingKeys,
      generation,
      grants,
      questions,
    });
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

interface SharedParts {
  readonly writer: VaultWriter;
  readonly reader: VaultReader;
  readonly keys: VaultKeys;
  readonly signingKeys: SigningKeys;
  readonly generation: number;
  readonly grants: GrantPool;
  readonly questions: ChunkQuestions;
}

class SharedVault {
  constructor(private readonly parts: SharedParts) {}

  /** Of the ring that its packs are sealed and read with. */
  get rootKeys(): number {
    return this.parts.keys.ring.length;
  }

  get hasFailed(): boolean {
    return this.parts.writer.hasFailed;
  }

  join(held: HeldTask, onEmpty: () => void): OpenedVault {
    const { writer: shared, reader, keys, signingKeys, generation, grants, questions } = this.parts;
    grants.add(held);
    const writer = shared.forTask(questions.of(held));
    return {
      writer,
      context: { store: new VaultStore(writer, reader), treeKey: keys.treeKey },
      keys,
      signingKeys,
      generation,
      newPacks: () => [...writer.newPacks],
      release: async () => {
        grants.remove(held);
        if (!grants.isEmpty) return;
        onEmpty();
        shared.close();
      },
    };
  }
}
