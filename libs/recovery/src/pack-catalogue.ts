import type { Destination } from '@holdfast/destinations';
import { type ChunkId, isAppError, parsePackName, parsePackId, type PackName } from '@holdfast/kernel';
import { type Branch, type ChunkPlace, type PackContents, readPackContents } from '@holdfast/vault';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { fewAtOnce } from './few-at-once.js';

/** A pack whose trailer could not be read: what it holds is not found, unless another pack holds it too. */
export interface DamagedPack {
  readonly name: string;
  readonly reason: string;
}

/** Packs whose trailers are read at the same time. */
const READS = 8;
const BRANCHES: readonly Branch[] = ['data', 'meta'];
/** Stands for the branch of a pack that nothing can be read from. */
const UNREADABLE = -1;

/**
 * Where every chunk of a vault lies, made from the packs' own trailers with the index key alone. Kept in a scratch file, so that memory
 * does not grow with the vault; the file holds names and places, nothing that a key opens.
 */
export class PackCatalogue implements Disposable {
  readonly #database: DatabaseSync;
  readonly #addPack: StatementSync;
  readonly #addChunk: StatementSync;
  readonly #find: StatementSync;
  readonly #has: StatementSync;
  #packs = 0;

  /** @param file a new file, which the caller removes; `:memory:` for small vaults */
  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`
      pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -32768;
      create table packs (no integer primary key, name blob not null unique, branch integer not null);
      create table chunks (
        id blob not null, pack integer not null, at integer not null, sealed integer not null, plain integer not null,
        birth_pack blob not null, birth_counter integer not null, primary key (id, pack)
      ) without rowid;`);
    this.#addPack = this.#database.prepare('insert into packs (name, branch) values (?, ?)');
    this.#addChunk = this.#database.prepare('insert or ignore into chunks values (?, ?, ?, ?, ?, ?, ?)');
    this.#find = this.#database.prepare(`
      select p.name, p.branch, c.at, c.sealed, c.plain, c.birth_pack, c.birth_counter
      from chunks c join packs p on p.no = c.pack where c.id = ? order by c.pack`);
    this.#has = this.#database.prepare('select 1 from packs where name = ?');
  }

  /** Packs that were taken in. */
  get packs(): number {
    return this.#packs;
  }

  /** Takes in every pack that the destination lists, and tells of those that it cannot read. */
  async *fill(destination: Destination, indexKey: Uint8Array): AsyncGenerator<DamagedPack> {
    const packs = fewAtOnce(destination.list('packs/'), READS, ({ name, bytes }) =>
      this.#take(destination, { name, bytes }, indexKey).then(
        () => undefined,
        (error: unknown): DamagedPack => ({ name, reason: reasonOf(error) }),
      ),
    );
    for await (const damaged of packs) if (damaged) yield damaged;
  }

  /** Whether the destination lists the pack, readable or not. */
  hasPack(name: PackName): boolean {
    return this.#has.get(Buffer.from(name, 'hex')) !== undefined;
  }

  /** Undefined for a chunk that no readable pack holds. */
  find(id: ChunkId): ChunkPlace | undefined {
    const row = this.#find.get(Buffer.from(id, 'hex'));
    return row && placeOf(id, row);
  }

  /** In every readable pack that holds it: several while a freeing has copied it and the old pack still lies there. */
  findAll(id: ChunkId): ChunkPlace[] {
    return this.#find.all(Buffer.from(id, 'hex')).map((row) => placeOf(id, row));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  async #take(
    destination: Destination,
    { name, bytes }: { readonly name: string; readonly bytes: number },
    indexKey: Uint8Array,
  ): Promise<void> {
    const pack = parsePackName(name.split('/').at(-1) ?? '');
    const read = (offset: number, length: number) => destination.read(name, { offset, length });
    try {
      this.#keep(pack, await readPackContents(read, bytes, indexKey));
    } catch (error) {
      // It was put: snapshots that name it are whole but for what it held.
      this.#addPack.run(Buffer.from(pack, 'hex'), UNREADABLE);
      throw error;
    }
  }

  /** In one turn of the loop, so that transactions do not mix. */
  #keep(pack: PackName, { header, entries }: PackContents): void {
    this.#database.exec('begin');
    const { lastInsertRowid } = this.#addPack.run(Buffer.from(pack, 'hex'), BRANCHES.indexOf(header.branch));
    for (const entry of entries)
      this.#addChunk.run(
        Buffer.from(entry.chunkId, 'hex'),
        lastInsertRowid,
        entry.offset,
        entry.sealedBytes,
        entry.plainBytes,
        Buffer.from(entry.birthPackId, 'hex'),
        entry.birthCounter,
      );
    this.#database.exec('commit');
    this.#packs += 1;
  }
}

function placeOf(chunkId: ChunkId, row: Record<string, SQLOutputValue>): ChunkPlace {
  return {
    chunkId,
    pack: parsePackName(hexOf(row['name'])),
    branch: BRANCHES[Number(row['branch'])] ?? 'data',
    offset: Number(row['at']),
    sealedBytes: Number(row['sealed']),
    plainBytes: Number(row['plain']),
    birthPackId: parsePackId(hexOf(row['birth_pack'])),
    birthCounter: Number(row['birth_counter']),
  };
}

function hexOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
}

/** What the vault's own rules say of it; a destination that fails ends everything, because then nothing is known of the pack. */
function reasonOf(error: unknown): string {
  if (
    isAppError(error, 'VAULT_OBJECT_INVALID') ||
    isAppError(error, 'CHUNK_CORRUPT') ||
    isAppError(error, 'INVALID_ARGUMENT')
  )
    return error.message;
  throw error;
}
