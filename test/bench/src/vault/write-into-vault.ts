// Writes a corpus into vaults with catalogue and trees, and prints what came of it.
import {
  ChunkCache,
  deriveVaultKeys,
  type ItemRecord,
  newRootKey,
  SnapshotDraft,
  type TaskWriter,
  ThreadEngines,
  VaultReader,
  VaultStore,
  VaultWriter,
} from '@holdfast/vault';
import { parseSnapshotId } from '@holdfast/kernel';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { filesBelow, OpenFile, ReadBuffers } from './corpus-files.js';
import { FolderVault } from './folder-vault.js';
import { readState, writeState } from './vault-state.js';
import type { WrittenVault } from './written-vault.js';

/** What a crawler gives all its tasks together, in bytes. */
const CHANGE_BYTES = 32 * 1024 * 1024;
const CACHE_BYTES = 64 * 1024 * 1024;
const READ_BYTES = 256 * 1024;

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: '' },
    vault: { type: 'string', default: '' },
    threads: { type: 'string', default: '2' },
    vaults: { type: 'string', default: '1' },
    tasks: { type: 'string', default: '1' },
    /** That are written at the same time, in all tasks together: as many as two resources of a crawler have open. */
    contents: { type: 'string', default: '64' },
    state: { type: 'string' },
    /** A list of paths below the corpus: only these are written, on top of what `--state` tells of. */
    changes: { type: 'string' },
  },
});

interface Task {
  readonly writer: TaskWriter;
  readonly draft: SnapshotDraft;
}

const engines = new ThreadEngines({ threads: Number(values.threads) });
const cache = new ChunkCache(CACHE_BYTES);
const changes = values.changes === undefined ? undefined : await changesIn(values.changes);
const vaults = Array.from({ length: Number(values.vaults) }, (_, number) => {
  const folder = new FolderVault(join(values.vault, String(number)));
  const rootKey = changes?.state.rootKey ?? newRootKey(randomBytes);
  const keys = deriveVaultKeys([rootKey]);
  const writer = new VaultWriter({ keys, lookup: folder, sink: folder, random: randomBytes, engines });
  const reader = new VaultReader({ keys, source: folder, cache: cache.of(String(number)) });
  return { folder, rootKey, keys, writer, reader };
});
const tasks = await Promise.all(
  Array.from({ length: Number(values.tasks) }, async (_, number): Promise<Task> => {
    const vault = vaults[number % vaults.length];
    if (!vault) throw new RangeError('--vaults has to be at least 1');
    const writer = vault.writer.forTask(vault.folder);
    const store = new VaultStore(writer, vault.reader);
    return {
      writer,
      draft: await SnapshotDraft.open({
        context: { store, treeKey: vault.keys.treeKey },
        parent: changes?.parent,
        bufferBytes: Math.floor(CHANGE_BYTES / Number(values.tasks)),
      }),
    };
  }),
);

let items = 0;
let bytes = 0;

const buffers = new ReadBuffers(READ_BYTES);

async function write(path: string): Promise<void> {
  const task = tasks[items % tasks.length];
  if (!task) throw new RangeError('--tasks has to be at least 1');
  items += 1;
  using file = OpenFile.open(path);
  const { size, mtimeMs } = file;
  bytes += size;
  const isMail = path.endsWith('.eml');
  const source = file.pieces(buffers);
  const { ref } = isMail ? await task.writer.writeMail(source) : await task.writer.writeContent(source);
  await task.draft.put(path, {
    kind: isMail ? 'message' : 'file',
    parentId: basename(join(path, '..')),
    name: basename(path),
    sortAt: Math.round(mtimeMs),
    bytes: size,
    changeTag: `${mtimeMs}`,
    properties: {},
    content: ref,
  } satisfies ItemRecord);
}

if (changes) for (const { folder, keys } of vaults) await folder.load(changes.state.destination, keys.indexKey);

/** What a list of changes is written on. */
async function changesIn(list: string) {
  const state = await readState(values.state ?? '');
  const names = JSON.parse(await readFile(list, 'utf8')) as readonly string[];
  return {
    state,
    parent: { id: parseSnapshotId('00'.repeat(32)), body: state.body },
    paths: names.map((name) => join(values.corpus, name)),
  };
}

const paths = changes ? changes.paths.values() : filesBelow(values.corpus);
async function writeAll(): Promise<void> {
  for (const path of paths) await write(path);
}
await Promise.all(Array.from({ length: Number(values.contents) }, writeAll));
const [first] = await Promise.all(tasks.map(({ draft }) => draft.finish({})));
const [vault] = vaults;
if (values.state !== undefined && !changes && vault && first)
  await writeState(values.state, { folder: values.vault, prefix: '0', rootKey: vault.rootKey, body: first });

const sum = (of: (folder: FolderVault) => number) => vaults.reduce((total, { folder }) => total + of(folder), 0);
const written: WrittenVault = {
  items,
  bytes,
  storedBytes: sum((folder) => folder.storedBytes),
  packs: sum((folder) => folder.packs),
  peakRssMib: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(written)}\n`);
for (const { writer } of vaults) writer.close();
await engines.close();
