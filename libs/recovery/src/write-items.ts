import {
  type ChunkOpening,
  isFolder,
  type ItemRecord,
  itemsTree,
  openSnapshot,
  ReadOnlyStore,
  VaultReader,
} from '@holdfast/vault';
import { emlName, safeName } from '@holdfast/workloads';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CataloguedSource } from './catalogued-source.js';
import type { FoundVault } from './find-vaults.js';
import { isDamage } from './damage.js';
import { fewAtOnce } from './few-at-once.js';
import { FolderPaths } from './folder-paths.js';
import { MadeFolders } from './made-folders.js';
import { newFile } from './new-file.js';
import type { PackCatalogue } from './pack-catalogue.js';
import type { ChainState } from './read-chains.js';

/** What became of one item. */
export type ItemOutcome =
  | { readonly is: 'written'; readonly path: string; readonly bytes: number }
  /** The backup lists the item and has no content of it. */
  | { readonly is: 'left-out'; readonly path: string; readonly cause: string }
  /** What holds the content is lost or damaged. */
  | { readonly is: 'failed'; readonly path: string; readonly reason: string };

/** Where items are read from. */
export interface ItemsSource {
  readonly vault: FoundVault;
  readonly catalogue: PackCatalogue;
  /** Where chunks are opened; in the calling thread unless told otherwise. */
  readonly opening?: ChunkOpening;
}

/** Items that are written at the same time. */
const WRITES = 8;
const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * Writes every item of a snapshot below a folder: files under their own names and times, messages as EML, each proven by its SHA-256
 * before it counts as written. Names that a file system cannot hold are made safe, and none leads out of the folder. In the order in
 * which the contents lie in packs.
 */
export async function* writeItems(
  { vault, catalogue, opening }: ItemsSource,
  chain: ChainState,
  folder: string,
): AsyncGenerator<ItemOutcome> {
  const reader = new VaultReader({
    keys: vault.keys,
    source: new CataloguedSource(vault.destination, catalogue),
    cacheBytes: CACHE_BYTES,
    ...(opening && { opening }),
  });
  const items = itemsTree({ store: new ReadOnlyStore(reader), treeKey: vault.keys.treeKey });
  const sealed = await buffer(await vault.destination.get(chain.name));
  const { body } = openSnapshot(sealed, vault.keys);
  const paths = new FolderPaths((id) => items.get(body.items, id));
  const made = new MadeFolders();
  const records = reader.inPlaceOrder(contentsOf(items.scan(body.items)), ({ content }) => content);
  yield* fewAtOnce(records, WRITES, async (record) =>
    write(reader, record, await made.folder(join(folder, ...(await paths.above(record))))),
  );
}

async function* contentsOf(entries: AsyncIterable<readonly [string, ItemRecord]>): AsyncGenerator<ItemRecord> {
  for await (const [, record] of entries) if (!isFolder(record.kind)) yield record;
}

async function write(reader: VaultReader, record: ItemRecord, folder: string): Promise<ItemOutcome> {
  const { content, leftOut, kind } = record;
  const name = safeName(kind === 'message' ? emlName(record) : record.name);
  if (!content)
    return { is: 'left-out', path: join(folder, name), cause: leftOut?.cause ?? `a ${kind} has no content` };
  const { path, file } = await newFile(folder, name);
  try {
    for await (const piece of reader.readContent(content)) await file.writeFile(piece);
    const at = new Date(record.modifiedAt ?? record.sortAt ?? 0);
    await file.utimes(at, at);
    return { is: 'written', path, bytes: content.bytes };
  } catch (error) {
    // Half a file would look like a whole one.
    await rm(path, { force: true });
    if (!isDamage(error)) throw error;
    return { is: 'failed', path, reason: error.message };
  } finally {
    await file.close();
  }
}
