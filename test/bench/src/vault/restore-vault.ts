// What one measured process does: reads everything that a vault holds, proven, and writes it below a folder or nowhere.
import { CataloguedSource, PackCatalogue } from '@holdfast/recovery';
import { type ItemRecord, itemsTree, ReadOnlyStore, ThreadOpening, VaultReader } from '@holdfast/vault';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readState } from './vault-state.js';

const WRITES = 8;
const CACHE_BYTES = 64 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    state: { type: 'string', default: '' },
    to: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});

const { destination, keys, body } = await readState(values.state);
using catalogue = new PackCatalogue(':memory:');
for await (const { name } of catalogue.fill(destination, keys.indexKey))
  throw new Error(`The pack ${name} is damaged.`);
await using opening = new ThreadOpening({ threads: 2 });
const source = new CataloguedSource(destination, catalogue);
const reader = new VaultReader({ keys, source, opening, cacheBytes: CACHE_BYTES });
const tree = itemsTree({ store: new ReadOnlyStore(reader), treeKey: keys.treeKey });

let read = 0;
let bytes = 0;
const made = new Set<string>();

const queue = reader.inPlaceOrder(wanted(), ([, { content }]) => content);
const work = async () => {
  for (let next = await queue.next(); !next.done; next = await queue.next()) await restore(...next.value);
};
await Promise.all(Array.from({ length: WRITES }, work));
process.stdout.write(`${JSON.stringify({ items: read, bytes })}\n`);

async function restore(path: string, { content }: ItemRecord): Promise<void> {
  if (!content) throw new Error(`The item ${path} has no content.`);
  const file = values.to === undefined ? undefined : await create(join(values.to, path));
  for await (const piece of reader.readContent(content)) {
    bytes += piece.byteLength;
    if (file) await file.writeFile(piece);
  }
  await file?.close();
  read += 1;
}

function create(path: string) {
  const folder = dirname(path);
  if (!made.has(folder)) mkdirSync(folder, { recursive: true });
  made.add(folder);
  return open(path, 'w');
}

/** The items below `--only`, in the tree's order. */
async function* wanted(): AsyncGenerator<readonly [string, ItemRecord]> {
  for await (const entry of tree.scan(body.items)) if (entry[0].includes(values.only)) yield entry;
}
