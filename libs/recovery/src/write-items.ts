import { isFolder, type ItemRecord, itemsTree, openSnapshot, ReadOnlyStore, VaultReader } from '@holdfast/vault';
import { emlName, safeName } from '@holdfast/workloads';
import { mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { CataloguedSource } from './catalogued-source.js';
import type { FoundVault } from './find-vaults.js';
import { isDamage } from './damage.js';
import { fewAtOnce } from './few-at-once.js';
import { FolderPaths } from './folder-paths.js';
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

/** Items that are written at the same time. */
const WRITES = 8;
const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * Writes every item of a snapshot below a folder: files under their own names and times, messages as EML, each proven by its SHA-256
 * before it counts as written. Names that a file system cannot hold are made safe, and none leads out of the folder.
 */
export async function* writeItems(
  vault: FoundVault,
  catalogue: PackCatalogue,
  chain: ChainState,
  folder: string,
): AsyncGenerator<ItemOutcome> {
  const reader = new VaultReader({
    keys: vault.keys,
    source: new CataloguedSource(vault.destination, catalogue),
    cacheBytes: CACHE_BYTES,
  });
  const items = itemsTree({ store: new ReadOnlyStore(reader), treeKey: vault.keys.treeKey });
  const sealed = await buffer(await vault.destination.get(chain.name));
  const { body } = openSnapshot(sealed, vault.keys);
  const paths = new FolderPaths((id) => items.get(body.items, id));
  yield* fewAtOnce(contentsOf(items.scan(body.items)), WRITES, async (record) =>
    write(reader, record, join(folder, ...(await paths.above(record)))),
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
  await mkdir(folder, { recursive: true });
  const { path, file } = await newFile(folder, name);
  try {
    await pipeline(reader.readContent(content), file.createWriteStream());
    const at = new Date(record.modifiedAt ?? record.sortAt ?? 0);
    await utimes(path, at, at);
    return { is: 'written', path, bytes: content.bytes };
  } catch (error) {
    // Half a file would look like a whole one.
    await rm(path, { force: true });
    if (!isDamage(error)) throw error;
    return { is: 'failed', path, reason: error.message };
  }
}
