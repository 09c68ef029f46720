import {
  type ChunkOpening,
  isDamage,
  isFolder,
  type ItemRecord,
  itemsTree,
  openSnapshot,
  type PlacedEntry,
  ReadOnlyStore,
  VaultReader,
} from '@holdfast/vault';
import { ATTACHMENTS_EXTRA, attachmentsFolder, emlName, keptFilesIn, safeName } from '@holdfast/workloads/names';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CataloguedSource } from './catalogued-source.js';
import type { FoundVault } from './find-vaults.js';
import { fewAtOnce } from './few-at-once.js';
import { FileWrites } from './file-writes.js';
import { FoldersOfSnapshot } from './folders-of-snapshot.js';
import { newFolder } from './new-file.js';
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
  const folders = new FoldersOfSnapshot(folder, (id) => items.get(body.items, id));
  const files = new FileWrites();
  const records = reader.inPlaceOrder(contentsOf(items.scan(body.items)), ({ content }) => content);
  for await (const group of records)
    for await (const outcomes of fewAtOnce(group, WRITES, async (placed) =>
      write({ reader, files }, placed, await folders.above(placed.entry)),
    ))
      yield* outcomes;
}

interface Writing {
  readonly reader: VaultReader;
  readonly files: FileWrites;
}

async function* contentsOf(entries: AsyncIterable<readonly [string, ItemRecord]>): AsyncGenerator<ItemRecord> {
  for await (const [, record] of entries) if (!isFolder(record.kind)) yield record;
}

/** What became of the item, and of attachments that were kept beside it. */
async function write(
  writing: Writing,
  { entry: record, content: whole }: PlacedEntry<ItemRecord>,
  folder: string,
): Promise<readonly ItemOutcome[]> {
  const { reader, files } = writing;
  const { content, leftOut, kind } = record;
  const name = safeName(kind === 'message' ? emlName(record) : record.name);
  const wanted = join(folder, name);
  if (!content) return [{ is: 'left-out', path: wanted, cause: leftOut?.cause ?? `a ${kind} has no content` }];
  const at = new Date(record.modifiedAt ?? record.sortAt ?? 0);
  try {
    const path = await files.write({ folder, name, at }, whole ?? reader.readContent(content));
    return [
      { is: 'written', path, bytes: content.bytes },
      ...(await writeAttachments(writing, { record, folder, at })),
    ];
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [{ is: 'failed', path: wanted, reason: error.message }];
  }
}

/** A damaged MIME lacks attachments that were kept beside it: so do they lie beside it here. */
async function writeAttachments(
  { reader, files }: Writing,
  { record, folder, at }: { readonly record: ItemRecord; readonly folder: string; readonly at: Date },
): Promise<readonly ItemOutcome[]> {
  const kept = record.extras?.[ATTACHMENTS_EXTRA];
  if (!kept) return [];
  const outcomes: ItemOutcome[] = [];
  const name = safeName(attachmentsFolder(record));
  let beside: string | undefined;
  try {
    for await (const { name: attachment, content } of keptFilesIn(reader.readContent(kept))) {
      beside ??= await newFolder(folder, name);
      const path = await files.write({ folder: beside, name: safeName(attachment), at }, content);
      outcomes.push({ is: 'written', path, bytes: content.byteLength });
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    outcomes.push({ is: 'failed', path: beside ?? join(folder, name), reason: error.message });
  }
  return outcomes;
}
