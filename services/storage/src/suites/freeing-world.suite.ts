import { type Destination, openDestination } from '@holdfast/destinations';
import {
  type DestinationId,
  parseBackupSetId,
  parseJobId,
  parsePackId,
  parseResourceId,
  parseTaskId,
  type PackName,
  type SnapshotId,
  SystemClock,
  type VaultId,
} from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import {
  type ContentRef,
  deriveVaultKeys,
  itemsTree,
  metadataKeysOf,
  newRootKey,
  openSnapshot,
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
import type { HeldTask } from '@holdfast/worker';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresChunkIndex } from '../adapters/postgres/postgres-chunk-index.js';
import { PostgresCondemnedPacks } from '../adapters/postgres/postgres-condemned-packs.js';
import { PostgresDueDeletions } from '../adapters/postgres/postgres-due-deletions.js';
import { PostgresFences } from '../adapters/postgres/postgres-fences.js';
import { PostgresMarkedSnapshots } from '../adapters/postgres/postgres-marked-snapshots.js';
import { PostgresObjectPlaces } from '../adapters/postgres/postgres-object-places.js';
import { PostgresSnapshots } from '../adapters/postgres/postgres-snapshots.js';
import { PostgresVaults } from '../adapters/postgres/postgres-vaults.js';
import { fromHex } from '../adapters/postgres/from-hex.js';
import { far, near, newVault, ours, type StorageTables } from '../adapters/postgres/test-database.suite.js';
import { FileNeededIdsRoom } from '../adapters/scratch/file-needed-ids.js';
import { CondemnPacks } from '../app/condemn-packs.js';
import { CopyDueObjects } from '../app/copy-due-objects.js';
import { DecidePacks } from '../app/decide-packs.js';
import { DeleteCondemned } from '../app/delete-condemned.js';
import { DestinationHealth } from '../app/destination-health.js';
import { FreeSpace } from '../app/free-space.js';
import { type OpenTask } from '../app/freeing-terms.port.js';
import { MarkLate } from '../app/late-marks.js';
import { type FreeingCounts, nothingFreed } from '../app/marked-vault.js';
import type { MendObject } from '../app/mend-object.js';
import { OpenWorkOf } from '../app/open-work.js';
import { PutRepacked } from '../app/put-repacked.js';
import { RepackPacks } from '../app/repack-packs.js';
import { StoredChunks } from '../app/stored-chunks.js';
import type { TaskFence } from '../app/task-fence.js';
import { vaultPrefix } from '../app/vault-prefix.js';
import { DestinationSink, Directory, IndexLookup, Metadata, Terms } from './freeing-ports.suite.js';
import { Strikes } from './strikes.suite.js';

const clock = new SystemClock();
const logger = new SilentLogger();
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const chunks = { minBytes: 512, avgBytes: 2048, maxBytes: 8192 };
const PACK_BYTES = 32 * 1024;

/** What a snapshot has to give back: SHA-256 of the contents by item. */
export type Contents = Readonly<Record<string, string>>;

export interface KeptSnapshot {
  readonly id: SnapshotId;
  readonly number: number;
  readonly contents: Contents;
}

/** A vault with two folders as its destinations, its index in a real database, and everything that space freeing meets. */
export class FreeingWorld {
  readonly strikes = new Strikes();
  /** What scheduler says. */
  openTasks: readonly OpenTask[] = [];
  isDryRun = false;
  readersMs = 0;
  restMs = 0;
  readonly #keys = deriveVaultKeys([newRootKey(randomBytes)]);
  readonly #kept = new Map<string, KeptSnapshot[]>();
  readonly #dones: (() => Promise<void>)[] = [];
  #epoch = 0;
  #folder = '';
  #vault: VaultId | undefined;

  constructor(private readonly database: () => StorageTables) {}

  async open(): Promise<this> {
    this.#folder = await mkdtemp(join(tmpdir(), 'holdfast-freeing-'));
    for (const place of [near, far]) await mkdir(join(this.#folder, place));
    this.#vault = await newVault(this.database(), ours);
    for (const place of [near, far]) await this.destination(place).claim();
    this.#dones.push(() => rm(this.#folder, { recursive: true }));
    return this;
  }

  async close(): Promise<void> {
    for (const done of this.#dones.splice(0)) await done();
  }

  get vault(): VaultId {
    if (!this.#vault) throw new Error('the world is not open');
    return this.#vault;
  }

  /** The same tables, struck. */
  #struck(): StorageTables {
    const tables = this.database();
    return {
      inTenant: (...args: Parameters<StorageTables['inTenant']>) => this.strikes.io(() => tables.inTenant(...args)),
      acrossTenants: (...args: Parameters<StorageTables['acrossTenants']>) =>
        this.strikes.io(() => tables.acrossTenants(...args)),
    } as unknown as StorageTables;
  }

  destination(id: DestinationId): Destination {
    const settings = { kind: 'folder' as const, path: join(this.#folder, id) };
    return openDestination({ settings, credentials: {}, prefix: vaultPrefix(ours, this.vault) } as never, {
      clock,
      randomBytes,
    });
  }

  async bytesAt(id: DestinationId): Promise<number> {
    let sum = 0;
    for await (const { bytes } of this.destination(id).list('')) sum += bytes;
    return sum;
  }

  kept(resource = 'mail.u1'): readonly KeptSnapshot[] {
    return this.#kept.get(resource) ?? [];
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
    const parent = head && !head.isRetired ? openSnapshot(head.sealed, this.#keys).body : undefined;
    const lookup = new IndexLookup(index, this.vault, fence);
    const writer = new VaultWriter({
      keys: this.#keys,
      lookup,
      sink: new DestinationSink(index, this.vault, this.destination(near)),
      random: randomBytes,
      chunks,
      packBytes: PACK_BYTES,
    }).forTask(lookup);
    const store = new VaultStore(writer, this.reader());
    const draft = await SnapshotDraft.open({
      context: { store, treeKey: this.#keys.treeKey },
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
    const header = {
      tenant: ours,
      vault: this.vault,
      set,
      resource: fence.resourceId,
      job: parseJobId(randomUUID()),
      epoch: fence.epoch,
      generation: 1,
      number,
      parent: head,
      jobStartedAt: number,
      startedAt: 0,
      finishedAt: 0,
      timeZone: 'UTC',
      newPacks: packs,
      certificate: new Uint8Array(),
    };
    const sealed = sealSnapshot({ header, body }, this.#keys, signing, randomBytes);
    const id = snapshotIdOf(sealed);
    const objectName = snapshotObjectName(fence.resourceId.padEnd(32, '0'), 1, number);
    const wanted = { header, sealed, objectName, vaultGeneration: 1 };
    const decision = await new PostgresSnapshots(this.database()).decide(ours, commitOf(id, header), wanted);
    if (decision.do !== 'store') return decision.do;
    const kept = { id, number, contents };
    this.#kept.set(fence.resourceId, [...this.kept(fence.resourceId), kept]);
    return kept;
  }

  async show({ id }: KeptSnapshot): Promise<void> {
    const snapshots = new PostgresSnapshots(this.database());
    const stored = await snapshots.stored(ours, this.vault, id);
    if (!stored) throw new Error('it was not stored');
    const { objectName, sealed } = stored;
    const destination = this.destination(near);
    await destination.put(objectName, sealed, { bytes: sealed.byteLength, sha256: id, ifAbsent: true });
    await snapshots.markVisible(ours, stored, near);
  }

  async backUp(changes: Readonly<Record<string, Buffer | null>>, resource?: string): Promise<KeptSnapshot> {
    const stored = await this.store(await this.draft(changes, this.fence(resource)));
    if (typeof stored === 'string') throw new Error(`the commit was answered with ${stored}`);
    await this.show(stored);
    return stored;
  }

  /** As retention does. */
  async retire({ id }: KeptSnapshot): Promise<void> {
    for (const [resource, kept] of this.#kept)
      this.#kept.set(
        resource,
        kept.filter((each) => each.id !== id),
      );
    await this.database().inTenant(ours, (tx) =>
      tx.updateTable('snapshots').set({ retired_at: new Date() }).where('snapshot_id', '=', fromHex(id)).execute(),
    );
    // What is let go has to be older than the beginning of a freeing, in milliseconds.
    await clock.sleep(2);
  }

  /** One freeing; `meanwhile` runs when everything was marked. */
  async free(meanwhile: () => Promise<void> = async () => undefined): Promise<FreeingCounts> {
    const tables = this.#struck();
    const { parts, decide } = this.#parts(tables, meanwhile);
    const freeing = new FreeSpace(
      parts.terms,
      parts.metadata,
      parts.snapshots,
      parts.condemned,
      new PostgresDueDeletions(tables),
      new OpenWorkOf(parts.terms, parts.condemned, parts.stored, clock),
      parts.stored,
      parts.room,
      decide,
      parts.rests,
    );
    const counts = nothingFreed();
    const lease = { tenantId: ours, vaultId: this.vault, jobId: parseJobId(randomUUID()) };
    const held = { lease, grant: 'grant', signal: new AbortController().signal };
    await freeing.run(held as unknown as HeldTask, counts);
    return counts;
  }

  #parts(tables: StorageTables, meanwhile: () => Promise<void>) {
    const directory = new Directory(this);
    const health = new DestinationHealth(clock, { ms: 0 });
    const condemned = new PostgresCondemnedPacks(tables);
    const snapshots = new PostgresMarkedSnapshots(tables);
    const rests = { readersMs: this.readersMs, deletionMs: this.restMs };
    const stored = new StoredChunks(
      new PostgresChunkIndex(tables),
      new PostgresObjectPlaces(tables),
      directory,
      health,
    );
    const room = new FileNeededIdsRoom(this.#folder);
    const limits = {
      rule: { deadShare: 0.5, smallBytes: PACK_BYTES / 4 },
      packBytes: PACK_BYTES,
      newPackId: () => parsePackId(randomBytes(16).toString('hex')),
    };
    const put = new PutRepacked(new PostgresVaults(tables), condemned, directory, health);
    const late = new MarkLate(snapshots, condemned, stored, room);
    const repack = new RepackPacks(condemned, stored, put, limits, rests, logger);
    const decide = new DecidePacks(condemned, late, new CondemnPacks(condemned, rests), repack, limits);
    const terms = new Terms(this);
    const decided = {
      run: async (...args: Parameters<DecidePacks['run']>) => {
        await meanwhile();
        await decide.run(...args);
      },
    } as DecidePacks;
    const metadata = new Metadata(metadataKeysOf(this.#keys));
    return { parts: { condemned, snapshots, rests, stored, room, terms, metadata }, decide: decided };
  }

  /** All copies and deletions that are due. */
  async settle(): Promise<void> {
    const tables = this.#struck();
    const directory = new Directory(this);
    const health = new DestinationHealth(clock, { ms: 0 });
    const places = new PostgresObjectPlaces(tables);
    // Nothing is damaged in this world.
    const mend = { run: () => Promise.resolve(false) } as unknown as MendObject;
    const copies = new CopyDueObjects(new PostgresVaults(tables), places, directory, { ms: 0 }, clock, mend);
    const deletions = new DeleteCondemned(new PostgresDueDeletions(tables), directory, health, clock, logger);
    for (let isBusy = true; isBusy;) {
      await this.#hurry();
      isBusy = (await deletions.run()) > 0;
      for (let isUnderWay = true; isUnderWay;) {
        const copied = await copies.run();
        ({ isUnderWay } = copied);
        isBusy ||= copied.ended?.copy.vaultId === this.vault;
        // Those of the worlds before this one have nowhere to go.
        const error = copied.ended?.copy.vaultId === this.vault ? copied.ended.error : undefined;
        if (error === undefined) continue;
        await copies.finish();
        throw error instanceof Error ? error : new Error('a copy failed', { cause: error });
      }
    }
  }

  /** What rests after a try that broke off rests no more. */
  async #hurry(): Promise<void> {
    for (const table of ['copies_due', 'deletions_due'] as const)
      await this.database().inTenant(ours, (tx) =>
        tx
          .updateTable(table)
          .set({ not_before: new Date(0) })
          .where('vault_id', '=', this.vault)
          .execute(),
      );
  }

  reader(): VaultReader {
    const health = new DestinationHealth(clock, { ms: 0 });
    const places = new PostgresObjectPlaces(this.database());
    const index = new PostgresChunkIndex(this.database());
    const source = new StoredChunks(index, places, new Directory(this, false), health).of(ours, this.vault);
    return new VaultReader({ keys: this.#keys, source });
  }

  /** Reads all that a snapshot holds. */
  async restored({ id }: Pick<KeptSnapshot, 'id'>): Promise<Contents> {
    const stored = await new PostgresSnapshots(this.database()).openToRead(ours, this.vault, id);
    if (!stored) throw new Error('nobody may read it any more');
    return this.contentsOf(stored.sealed, this.reader());
  }

  async contentsOf(sealed: Uint8Array, reader: VaultReader): Promise<Contents> {
    const { body } = openSnapshot(sealed, this.#keys);
    const items = itemsTree({ store: new ReadOnlyStore(reader), treeKey: this.#keys.treeKey });
    const contents: Record<string, string> = {};
    for await (const [item, { content }] of items.scan(body.items)) {
      if (content) contents[item] = await hashOf(reader, content);
    }
    return contents;
  }

  /** Every kept snapshot gives back what it did when it was made. */
  async lostOf(): Promise<readonly string[]> {
    const lost: string[] = [];
    for (const kept of [...this.#kept.values()].flat()) {
      const contents = await this.restored(kept).catch((error: unknown) => String(error));
      if (JSON.stringify(sorted(contents)) !== JSON.stringify(sorted(kept.contents)))
        lost.push(`snapshot ${kept.number}: ${typeof contents === 'string' ? contents : 'other contents'}`);
    }
    return lost;
  }

  /** Chunks at a destination that no kept snapshot needs and the index still finds in live packs. */
  async livePacks(): Promise<number> {
    const rows = await this.database().inTenant(ours, (tx) =>
      tx.selectFrom('packs').select('pack_no').where('vault_id', '=', this.vault).where('state', '=', 'live').execute(),
    );
    return rows.length;
  }

  /** Opens every pack at a destination: whole, and named by its bytes. */
  async packsAt(id: DestinationId): Promise<ReadonlySet<PackName>> {
    const names = new Set<PackName>();
    const destination = this.destination(id);
    for await (const { name } of destination.list('packs/')) {
      const bytes = Buffer.concat(await Array.fromAsync(await destination.get(name)));
      parsePack(bytes, this.#keys.indexKey);
      names.add(name.slice(-64) as PackName);
    }
    return names;
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
