import { AppError, type ChunkId, type JobId, type PackName, parsePackName, type ResourceId } from '@holdfast/kernel';
import {
  type ChunkPlace,
  ChunkSource,
  deriveVaultKeys,
  type FolderKey,
  foldersTree,
  type ItemRecord,
  itemsTree,
  type ListingEntry,
  listingOf,
  openSnapshot,
  openVaultHeader,
  type OwedItem,
  owedTree,
  parseRootKey,
  ReadOnlyStore,
  readPackContents,
  signingKeysOf,
  type SnapshotParts,
  VAULT_HEADER_OBJECT,
  type VaultHeader,
  VaultReader,
  verifySnapshot,
} from '@holdfast/vault';
import { type BigIntStats, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ProvenContents } from './proven-contents.js';

/** One resource as a job left it. */
export interface SavedResource {
  readonly resource: ResourceId;
  readonly items: ReadonlyMap<string, ItemRecord>;
  /** Items that the job could not read and that the next one reads first. */
  readonly owed: ReadonlyMap<string, OwedItem>;
  /** Ids of items that are not listed in their folder as their records say, and of entries without an item. */
  readonly misListed: ReadonlySet<string>;
}

/** A vault read from its folder and its key alone, as whoever has lost everything else would. */
export class FolderVault {
  readonly #reader: VaultReader;

  private constructor(
    private readonly root: string,
    private readonly keys: ReturnType<typeof deriveVaultKeys>,
    private readonly header: VaultHeader,
    packs: FolderPacks,
    private readonly proven: ProvenContents,
  ) {
    this.#reader = new VaultReader({ keys, source: packs });
  }

  /** Opens the one vault below a folder. What `proven` knows to be good is not read again. */
  static async open(folder: string, keyText: string, proven = new ProvenContents()): Promise<FolderVault> {
    const names = await readdir(folder, { recursive: true });
    const header = names.find((name) => name === VAULT_HEADER_OBJECT || name.endsWith(`/${VAULT_HEADER_OBJECT}`));
    if (header === undefined) throw new AppError('NOT_FOUND', `There is no vault below ${folder}.`);
    const roots = [parseRootKey(keyText)];
    const parts = openVaultHeader(await readFile(join(folder, header)), deriveVaultKeys(roots).headerKey);
    const keys = deriveVaultKeys(roots, parts.cipher);
    const root = dirname(join(folder, header));
    const packs = await FolderPacks.read(root, keys.indexKey);
    proven.seePacks(packs.files);
    return new FolderVault(root, keys, parts, packs, proven);
  }

  /** What a job committed, resource by resource. */
  async savedBy(job: JobId): Promise<SavedResource[]> {
    const saved: SavedResource[] = [];
    const folder = join(this.root, 'snapshots');
    for (const name of await namesBelow(folder)) {
      const path = join(folder, name);
      if (!(await stat(path)).isFile()) continue;
      const sealed = await readFile(path);
      verifySnapshot(sealed, this.keys, signingKeysOf(this.header, []));
      const snapshot = openSnapshot(sealed, this.keys);
      if (snapshot.header.job === job) saved.push(await this.#items(snapshot));
    }
    return saved;
  }

  /** Reads a content whole; the reader proves every byte. */
  async prove(record: ItemRecord): Promise<void> {
    if (!record.content || this.proven.has(record.content)) return;
    let bytes = 0;
    for await (const piece of this.#reader.readContent(record.content)) bytes += piece.byteLength;
    if (bytes !== record.content.bytes)
      throw new RangeError(`A content has ${bytes} bytes and not ${record.content.bytes}.`);
    this.proven.add(record.content);
  }

  async #items({ header, body }: SnapshotParts): Promise<SavedResource> {
    const context = { store: new ReadOnlyStore(this.#reader), treeKey: this.keys.treeKey };
    const items = new Map(await Array.fromAsync(itemsTree(context).scan(body.items)));
    const owed = new Map(await Array.fromAsync(owedTree(context).scan(body.owed)));
    const listed = await Array.fromAsync(foldersTree(context).scan(body.folders));
    return { resource: header.resource, items, owed, misListed: misListed(items, listed) };
  }
}

/** None where the folder was not made yet: no task has stored anything. */
async function namesBelow(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder, { recursive: true }) : [];
}

function misListed(
  items: ReadonlyMap<string, ItemRecord>,
  listed: readonly (readonly [FolderKey, ListingEntry])[],
): ReadonlySet<string> {
  const entries = new Map(listed.map(([key, entry]) => [key.itemId, comparable(key, entry)]));
  const wrong = [...items].filter(
    ([id, record]) => !isDeepStrictEqual(entries.get(id), comparable(...listingOf(id, record))),
  );
  const strangers = listed.filter(([{ itemId }]) => !items.has(itemId));
  return new Set([...wrong.map(([id]) => id), ...strangers.map(([{ itemId }]) => itemId)]);
}

/** What is written, so that fields of different make are equal. */
function comparable(key: FolderKey, entry: ListingEntry): unknown {
  const sortKey = Buffer.from(key.sortKey).toString('hex');
  return JSON.parse(JSON.stringify({ ...key, ...entry, sortKey }));
}

/** Packs in memory, at most: the chunks of one are read one after the other, and opening its file costs more than reading it. */
const HELD_PACKS = 8;

/** Packs of a folder, found by their own trailers. */
class FolderPacks extends ChunkSource {
  readonly files = new Map<PackName, BigIntStats>();
  readonly #places = new Map<ChunkId, ChunkPlace>();
  /** The packs that were read last, the oldest first. */
  readonly #held = new Map<PackName, Promise<Buffer>>();

  private constructor(private readonly root: string) {
    super();
  }

  static async read(root: string, indexKey: Uint8Array): Promise<FolderPacks> {
    const packs = new FolderPacks(root);
    for (const name of await namesBelow(join(root, 'packs'))) {
      const digits = /([0-9a-f]{64})$/.exec(name)?.[1];
      if (digits === undefined) continue;
      const pack = parsePackName(digits);
      const file = await stat(join(root, 'packs', name), { bigint: true });
      packs.files.set(pack, file);
      const { header, entries } = await readPackContents(
        (at, length) => packs.readRange(pack, at, length),
        Number(file.size),
        indexKey,
      );
      for (const entry of entries) packs.#places.set(entry.chunkId, { ...entry, pack, branch: header.branch });
    }
    return packs;
  }

  override async locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    const found = new Map<ChunkId, ChunkPlace>();
    for (const id of ids) {
      const place = this.#places.get(id);
      if (place) found.set(id, place);
    }
    return found;
  }

  override async readRange(pack: PackName, offset: number, length: number): Promise<Uint8Array> {
    return (await this.#bytesOf(pack)).subarray(offset, offset + length);
  }

  #bytesOf(pack: PackName): Promise<Buffer> {
    const bytes = this.#held.get(pack) ?? readFile(join(this.root, 'packs', pack.slice(0, 2), pack));
    this.#held.delete(pack);
    this.#held.set(pack, bytes);
    const [oldest = pack] = this.#held.keys();
    if (this.#held.size > HELD_PACKS) this.#held.delete(oldest);
    return bytes;
  }
}
