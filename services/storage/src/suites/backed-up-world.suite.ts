import { type Destination, openDestination } from '@holdfast/destinations';
import {
  type ChunkId,
  type DestinationId,
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTaskId,
  type PackName,
  type SnapshotId,
  SystemClock,
  type VaultId,
} from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import {
  type ContentRef,
  deriveVaultKeys,
  issueTaskCertificate,
  itemsTree,
  NeededChunks,
  newRootKey,
  opaqueResourceId,
  openSnapshot,
  type PackContents,
  parsePack,
  ReadOnlyStore,
  sealSnapshot,
  SigningKey,
  SnapshotDraft,
  snapshotIdOf,
  snapshotObjectName,
  VaultReader,
  VaultStore,
  VaultWriter,
  commitOf,
} from '@holdfast/vault';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresChunkIndex } from '../adapters/postgres/postgres-chunk-index.js';
import { PostgresFences } from '../adapters/postgres/postgres-fences.js';
import { PostgresObjectPlaces } from '../adapters/postgres/postgres-object-places.js';
import { PostgresSnapshots } from '../adapters/postgres/postgres-snapshots.js';
import { far, near, newVault, ours, type StorageTables } from '../adapters/postgres/test-database.suite.js';
import { DestinationHealth } from '../app/destination-health.js';
import { StoredChunks } from '../app/stored-chunks.js';
import type { TaskFence } from '../app/task-fence.js';
import { vaultPrefix } from '../app/vault-prefix.js';
import { DestinationSink, Directory, IndexLookup } from './freeing-ports.suite.js';
import { Strikes } from './strikes.suite.js';

const clock = new SystemClock();
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const chunks = { minBytes: 512, avgBytes: 2048, maxBytes: 8192 };
export const PACK_BYTES = 32 * 1024;
export const vaultSigning = SigningKey.fromSeed(seededRandomBytes('a signing key')(32));

/** What a snapshot has to give back: SHA-256 of the contents by item. */
export type Contents = Readonly<Record<string, string>>;

export interface KeptSnapshot {
  readonly id: SnapshotId;
  readonly number: number;
  readonly contents: Contents;
}

/** A vault with two folders as its destinations and its index in a real database; what is backed up into it, and what it gives back. */
export class BackedUpWorld {
  readonly strikes = new Strikes();
  /** The same for each world: how contents are cut, and what repeats, follows the key. */
  protected readonly keys = deriveVaultKeys([newRootKey(seededRandomBytes('a world'))]);
  protected readonly keptOf = new Map<string, KeptSnapshot[]>();
  readonly #dones: (() => Promise<void>)[] = [];
  #epoch = 0;
  protected folder = '';
  #vault: VaultId | undefined;

  constructor(protected readonly database: () => StorageTables) {}

  async open(): Promise<this> {
    this.folder = await mkdtemp(join(tmpdir(), 'holdfast-freeing-'));
    for (const place of [near, far]) await mkdir(join(this.folder, place));
    this.#vault = await newVault(this.database(), ours);
    for (const place of [near, far]) await (await this.destination(place)).claim();
    this.#dones.push(() => rm(this.folder, { recursive: true }));
    return this;
  }

  async close(): Promise<void> {
    for (const done of this.#dones.splice(0)) await done();
  }

  get vault(): VaultId {
    if (!this.#vault) throw new Error('the world is not open');
    return this.#vault;
  }

  destination(id: DestinationId): Promise<Destination> {
    const settings = { kind: 'folder' as const, path: join(this.folder, id) };
    return openDestination({ settings, credentials: {}, prefix: vaultPrefix(ours, this.vault) } as never, {
      clock,
      randomBytes,
    });
  }

  async bytesAt(id: DestinationId): Promise<number> {
    let sum = 0;
    for await (const { bytes } of (await this.destination(id)).list('')) sum += bytes;
    return sum;
  }

  kept(resource = 'mail.u1'): readonly KeptSnapshot[] {
    return this.keptOf.get(resource) ?? [];
  }

  fence(resource = 'mail.u1'): TaskFence {
    return {
      vaultId: this.vault,
      backupSetId: set,
      resourceId: parseResourceId(resource),
      taskId: parseTaskId(randomUUID()),
      epoch: (this.#epoch += 1),
      isResumed: false,
    };
  }

  /** A backup as a crawler makes it, up to where it asks for the commit. Items without content go. */
  async draft(changes: Readonly<Record<string, Buffer | null>>, fence = this.fence()): Promise<Draft> {
    const index = new PostgresChunkIndex(this.database());
    await new PostgresFences(this.database()).pass(ours, fence);
    const chain = { backupSetId: set, resourceId: fence.resourceId };
    const head = await new PostgresSnapshots(this.database()).head(ours, this.vault, chain);
    const parent = head && !head.isRetired ? openSnapshot(head.sealed, this.keys).body : undefined;
    const lookup = new IndexLookup(index, this.vault, fence);
    const writer = new VaultWriter({
      keys: this.keys,
      lookup,
      sink: new DestinationSink(index, this.vault, await this.destination(near), fence),
      random: randomBytes,
      chunks,
      packBytes: PACK_BYTES,
    }).forTask(lookup);
    const store = new VaultStore(writer, this.reader());
    const draft = await SnapshotDraft.open({
      context: { store, treeKey: this.keys.treeKey },
      parent: head && { id: head.snapshotId, body: parent ?? NOTHING },
      newPacks: () => writer.newPacks,
    });
    const contents: Record<string, string> = { ...(parent && this.kept(fence.resourceId).at(-1)?.contents) };
    for (const [id, content] of Object.entries(changes)) {
      if (!content) {
        await draft.remove(id);
        Reflect.deleteProperty(contents, id);
        continue;
      }
      const { ref } = await writer.writeContent([content]);
      contents[id] = createHash('sha256').update(content).digest('hex');
      await draft.put(id, { kind: 'file', name: id, bytes: ref.bytes, properties: {}, content: ref });
    }
    const body = await draft.finish({ delta: randomUUID() });
    await writer.flush();
    return { fence, body, contents, head: head?.snapshotId, number: (head?.number ?? 0) + 1, packs: [...draft.packs] };
  }

  /** Stores what was drafted; the decision, if it is not to store. */
  async store({ fence, body, contents, head, number, packs }: Draft): Promise<KeptSnapshot | string> {
    const signing = SigningKey.fromSeed(randomBytes(32));
    const scope = {
      tenant: ours,
      vault: this.vault,
      set,
      resource: fence.resourceId,
      epoch: fence.epoch,
      generation: 1,
    };
    const header = {
      ...scope,
      job: parseJobId(randomUUID()),
      number,
      parent: head,
      jobStartedAt: number,
      startedAt: 0,
      finishedAt: 0,
      timeZone: 'UTC',
      newPacks: packs,
      certificate: issueTaskCertificate({ ...scope, publicKey: signing.publicKey, notAfter: 1 }, vaultSigning),
    };
    const sealed = sealSnapshot({ header, body }, this.keys, signing, randomBytes);
    const id = snapshotIdOf(sealed);
    const objectName = snapshotObjectName(opaqueResourceId(ours, set, fence.resourceId, this.keys.indexKey), 1, number);
    const wanted = { header, sealed, objectName, vaultGeneration: 1 };
    const decision = await new PostgresSnapshots(this.database()).decide(ours, commitOf(id, header), wanted);
    if (decision.do !== 'store') return decision.do;
    const kept = { id, number, contents };
    this.keptOf.set(fence.resourceId, [...this.kept(fence.resourceId), kept]);
    return kept;
  }

  async show({ id }: KeptSnapshot): Promise<void> {
    const snapshots = new PostgresSnapshots(this.database());
    const stored = await snapshots.stored(ours, this.vault, id);
    if (!stored) throw new Error('it was not stored');
    const { objectName, sealed } = stored;
    const destination = await this.destination(near);
    await destination.put(objectName, sealed, { bytes: sealed.byteLength, sha256: id, ifAbsent: true });
    await snapshots.markVisible(ours, stored, near);
  }

  async backUp(changes: Readonly<Record<string, Buffer | null>>, resource?: string): Promise<KeptSnapshot> {
    const stored = await this.store(await this.draft(changes, this.fence(resource)));
    if (typeof stored === 'string') throw new Error(`the commit was answered with ${stored}`);
    await this.show(stored);
    return stored;
  }

  /** All chunks that a snapshot needs. */
  async chunksOf({ id }: KeptSnapshot): Promise<ReadonlySet<ChunkId>> {
    const stored = await new PostgresSnapshots(this.database()).stored(ours, this.vault, id);
    if (!stored) throw new Error('it was not stored');
    const needed = new Set<ChunkId>();
    const store = new ReadOnlyStore(this.reader());
    await new NeededChunks(store, (chunk) => needed.add(chunk)).of(openSnapshot(stored.sealed, this.keys).body);
    return needed;
  }

  reader(): VaultReader {
    const health = new DestinationHealth(clock, { ms: 0 });
    const places = new PostgresObjectPlaces(this.database());
    const index = new PostgresChunkIndex(this.database());
    const source = new StoredChunks(index, places, new Directory(this, false), health).of(ours, this.vault);
    return new VaultReader({ keys: this.keys, source });
  }

  /** Reads all that a snapshot holds. */
  async restored({ id }: Pick<KeptSnapshot, 'id'>): Promise<Contents> {
    const stored = await new PostgresSnapshots(this.database()).openToRead(ours, this.vault, id, 86_400_000);
    if (!stored) throw new Error('nobody may read it any more');
    return this.contentsOf(stored.sealed, this.reader());
  }

  async contentsOf(sealed: Uint8Array, reader: VaultReader): Promise<Contents> {
    const { body } = openSnapshot(sealed, this.keys);
    const items = itemsTree({ store: new ReadOnlyStore(reader), treeKey: this.keys.treeKey });
    const contents: Record<string, string> = {};
    for await (const [item, { content }] of items.scan(body.items)) {
      if (content) contents[item] = await hashOf(reader, content);
    }
    return contents;
  }

  /** Every kept snapshot gives back what it did when it was made. */
  async lostOf(): Promise<readonly string[]> {
    const lost: string[] = [];
    for (const kept of [...this.keptOf.values()].flat()) {
      const contents = await this.restored(kept).catch((error: unknown) => String(error));
      if (JSON.stringify(sorted(contents)) !== JSON.stringify(sorted(kept.contents)))
        lost.push(`snapshot ${kept.number}: ${typeof contents === 'string' ? contents : 'other contents'}`);
    }
    return lost;
  }

  /** Opens every pack at a destination: whole, and named by its bytes. */
  async packsAt(id: DestinationId): Promise<ReadonlySet<PackName>> {
    return new Set((await this.openedAt(id)).keys());
  }

  /** Every chunk that lies in a pack at a destination, whether anything knows of it or not. */
  async chunksAt(id: DestinationId): Promise<ReadonlySet<ChunkId>> {
    const packs = [...(await this.openedAt(id)).values()];
    return new Set(packs.flatMap(({ entries }) => entries.map(({ chunkId }) => chunkId)));
  }

  private async openedAt(id: DestinationId): Promise<ReadonlyMap<PackName, PackContents>> {
    const packs = new Map<PackName, PackContents>();
    const destination = await this.destination(id);
    for await (const { name } of destination.list('packs/')) {
      const bytes = Buffer.concat(await Array.fromAsync(await destination.get(name)));
      packs.set(name.slice(-64) as PackName, parsePack(bytes, this.keys.indexKey));
    }
    return packs;
  }
}

export interface Draft {
  readonly fence: TaskFence;
  readonly body: Parameters<typeof sealSnapshot>[0]['body'];
  readonly contents: Contents;
  readonly head: SnapshotId | undefined;
  readonly number: number;
  readonly packs: readonly PackName[];
}

const NOTHING = {
  items: undefined,
  folders: undefined,
  cursors: undefined,
  owed: undefined,
  log: undefined,
} as never;

const sorted = (contents: Contents | string) =>
  typeof contents === 'string' ? contents : Object.entries(contents).sort();

async function hashOf(reader: VaultReader, content: ContentRef): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of reader.readContent(content)) hash.update(piece);
  return hash.digest('hex');
}
