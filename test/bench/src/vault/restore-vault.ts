// What one measured process does: reads everything that a vault holds, proven, and writes it below a folder or nowhere.
import { CataloguedSource, type FileToWrite, FileWrites, PackCatalogue } from '@holdfast/recovery';
import { type ItemRecord, itemsTree, ReadOnlyStore, ThreadOpening, VaultReader } from '@holdfast/vault';
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readState } from './vault-state.js';

const WRITES = 8;
const CACHE_BYTES = 64 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    state: { type: 'string', default: '' },
    to: { type: 'string' },
    only: { type: 'string', default: '' },
    /** Threads that open chunks; with 0 it is the one that does all else. */
    threads: { type: 'string', default: '2' },
  },
});

const { destination, keys, body } = await readState(values.state);
using catalogue = new PackCatalogue(':memory:');
for await (const { name } of catalogue.fill(destination, keys.indexKey))
  throw new Error(`The pack ${name} is damaged.`);
const threads = Number(values.threads);
await using opening = threads > 0 ? new ThreadOpening({ threads }) : undefined;
const source = new CataloguedSource(destination, catalogue);
const reader = new VaultReader({ keys, source, cacheBytes: CACHE_BYTES, ...(opening && { opening }) });
const tree = itemsTree({ store: new ReadOnlyStore(reader), treeKey: keys.treeKey });

let read = 0;
let bytes = 0;
const made = new Set<string>();
const files = new FileWrites();

for await (const group of reader.inPlaceOrder(wanted(), ([, { content }]) => content)) {
  const queue = group.values();
  const work = async () => {
    for (const { entry, content } of queue) await restore(...entry, content);
  };
  await Promise.all(Array.from({ length: WRITES }, work));
}
process.stdout.write(`${JSON.stringify({ items: read, bytes })}\n`);

async function restore(path: string, { content }: ItemRecord, whole: Uint8Array | undefined): Promise<void> {
  if (!content) throw new Error(`The item ${path} has no content.`);
  if (values.to === undefined) for await (const _ of whole ? [whole] : reader.readContent(content));
  else await files.write(placeOf(join(values.to, path)), whole ?? reader.readContent(content));
  bytes += content.bytes;
  read += 1;
}

function placeOf(path: string): FileToWrite {
  const folder = dirname(path);
  if (!made.has(folder)) mkdirSync(folder, { recursive: true });
  made.add(folder);
  return { folder, name: basename(path), at: new Date(0) };
}

/** The items below `--only`, in the tree's order. */
async function* wanted(): AsyncGenerator<readonly [string, ItemRecord]> {
  for await (const entry of tree.scan(body.items)) if (entry[0].includes(values.only)) yield entry;
}
