// What one measured process does: reads everything that a vault holds, proven, and writes it below a folder or nowhere.
import { CataloguedSource, PackCatalogue } from '@holdfast/recovery';
import { type ItemRecord, itemsTree, ReadOnlyStore, VaultReader } from '@holdfast/vault';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readState } from './vault-state.js';

/** Items whose small contents are read together. */
const BATCH = 256;
const WRITES = 8;

const { values } = parseArgs({
  options: {
    state: { type: 'string', default: '' },
    to: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});

const { destination, keys, items } = await readState(values.state);
using catalogue = new PackCatalogue(':memory:');
for await (const { name } of catalogue.fill(destination, keys.indexKey))
  throw new Error(`The pack ${name} is damaged.`);
const reader = new VaultReader({ keys, source: new CataloguedSource(destination, catalogue) });
const tree = itemsTree({ store: new ReadOnlyStore(reader), treeKey: keys.treeKey });

let read = 0;
let bytes = 0;
const made = new Set<string>();

for await (const batch of batches()) {
  await reader.warm(batch.flatMap(([, { content }]) => content ?? []));
  const queue = batch.values();
  const work = async () => {
    for (const [path, record] of queue) await restore(path, record);
  };
  await Promise.all(Array.from({ length: WRITES }, work));
}
process.stdout.write(`${JSON.stringify({ items: read, bytes })}\n`);

async function restore(path: string, { content }: ItemRecord): Promise<void> {
  if (!content) throw new Error(`The item ${path} has no content.`);
  const file = values.to === undefined ? undefined : await create(join(values.to, path));
  for await (const piece of reader.readContent(content)) {
    bytes += piece.byteLength;
    if (file) await file.write(piece);
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

/** The items below `--only`, in the tree's order, some at a time. */
async function* batches(): AsyncGenerator<(readonly [string, ItemRecord])[]> {
  let batch: (readonly [string, ItemRecord])[] = [];
  for await (const [path, record] of tree.scan(items)) {
    if (!path.includes(values.only)) continue;
    if (batch.push([path, record]) < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
