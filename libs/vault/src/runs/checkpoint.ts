import { type PackName, parsePackName, parseSnapshotId, type SnapshotId } from '@holdfast/kernel';
import { CborFields } from '../cbor/cbor-fields.js';
import { chunkIdBytes } from '../chunks/chunk-id.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { plainMap } from '../cbor/open-map.js';
import { brokenObject, unsupported } from '../broken-object.js';
import { hexOf } from '../octets.js';
import type { CborValue } from '../item-record.js';
import type { ChunkStore } from '../ports.js';
import { type TreeContext } from '../trees/merkle-tree.js';
import { type TreeRoot, treeRootFromCbor, treeRootToCbor } from '../trees/tree-root.js';
import { type Run, RunStore, runToCbor } from './run.js';

const OBJECT = 'checkpoint';
/** Goes up with every change of what a checkpoint holds or refers to, but for its chain, which all versions have at its place. */
const VERSION = 1;

/** All that a task has done so far: enough for another worker to go on (docs/format/v1.md#checkpoints). */
export interface Checkpoint {
  /** Whose chain of snapshots the task works on, as the caller names it; another's checkpoint is refused. */
  readonly chain: string;
  /** The snapshot that the task builds on; a checkpoint on another parent is worthless. */
  readonly parent: SnapshotId | undefined;
  /** Retention had let the parent go when the task began: the task builds on nothing that it held. */
  readonly isOnNameOnly: boolean;
  /** Oldest first. */
  readonly runs: readonly Run[];
  readonly cursors: TreeRoot | undefined;
  readonly owed: TreeRoot | undefined;
  readonly log: TreeRoot | undefined;
  /** Figures of the run so far, by name. */
  readonly work: Readonly<Record<string, number>>;
  /** Packs that hold what the task stored. The snapshot names them all, whoever wrote them, so that its commit looks for them. */
  readonly packs: ReadonlySet<PackName>;
}

const NAME_BYTES = 32;

/** Stores a checkpoint; the answer refers to it. Durable only after the store's flush, which may add packs: {@link withLatePacks}. */
export async function putCheckpoint(store: ChunkStore, checkpoint: Checkpoint): Promise<Uint8Array> {
  const { chain, parent, isOnNameOnly, runs, cursors, owed, log, work, packs } = checkpoint;
  const map = new Map<number, CborValue>([
    [1, parent === undefined ? null : Buffer.from(parent, 'hex')],
    [2, runs.map(runToCbor)],
    [3, treeRootToCbor(cursors)],
    [4, treeRootToCbor(owed)],
    [5, treeRootToCbor(log)],
    [6, { ...work }],
    [7, joined(packs)],
    [8, chain],
    [9, VERSION],
  ]);
  if (isOnNameOnly) map.set(10, true);
  return chunkIdBytes(await store.put('meta', encodeCbor(map)));
}

/** The reference with the packs that were finished after the checkpoint was put, its own among them. Opaque to whoever keeps it. */
export function withLatePacks(reference: Uint8Array, packs: ReadonlySet<PackName>): Uint8Array {
  return Buffer.concat([reference, joined(packs)]);
}

/** Reads what {@link putCheckpoint} stored, with its runs' filters. VAULT_OBJECT_INVALID where it is another chain's, VAULT_UNSUPPORTED where another version wrote it. */
export async function getCheckpoint(context: TreeContext, reference: Uint8Array, chain: string): Promise<Checkpoint> {
  const fields = await read(context.store, reference);
  if (fields.text(8, 'chain') !== chain)
    throw brokenObject(OBJECT, 'it is of the chain of snapshots that it is used for');
  if ((fields.optionalInteger(9, 'version') ?? 0) !== VERSION)
    throw unsupported(OBJECT, 'another version of the product');
  const runStore = new RunStore(context);
  const runs: Run[] = [];
  for (const run of fields.list(2, 'runs')) runs.push(await runStore.open(run));
  return {
    chain,
    parent:
      fields.value(1) === null
        ? undefined
        : parseSnapshotId(Buffer.from(fields.bytes(1, 'parent', 32)).toString('hex')),
    isOnNameOnly: fields.has(10) && fields.flag(10, 'isOnNameOnly'),
    runs,
    cursors: treeRootFromCbor(fields.value(3), OBJECT),
    owed: treeRootFromCbor(fields.value(4), OBJECT),
    log: treeRootFromCbor(fields.value(5), OBJECT),
    work: Object.fromEntries(
      Object.entries(plainMap(fields.map(6, 'work'))).map(([name, value]) => [name, Number(value)]),
    ),
    packs: packsIn(fields, reference),
  };
}

/** The packs that hold what a task has stored so far; none of a checkpoint of another version, from which nobody goes on. */
export async function packsOfCheckpoint(store: ChunkStore, reference: Uint8Array): Promise<ReadonlySet<PackName>> {
  const fields = await read(store, reference);
  return fields.optionalInteger(9, 'version') === VERSION ? packsIn(fields, reference) : new Set();
}

async function read(store: ChunkStore, reference: Uint8Array): Promise<CborFields> {
  const stored = await store.get('meta', readChunkId(reference.subarray(0, NAME_BYTES), OBJECT));
  return CborFields.decode(stored, OBJECT);
}

function packsIn(fields: CborFields, reference: Uint8Array): ReadonlySet<PackName> {
  return new Set([...namesIn(fields.bytes(7, 'packs')), ...namesIn(reference.subarray(NAME_BYTES))]);
}

function joined(packs: ReadonlySet<PackName>): Buffer {
  return Buffer.from([...packs].join(''), 'hex');
}

function namesIn(bytes: Uint8Array): PackName[] {
  if (bytes.byteLength % NAME_BYTES !== 0) throw brokenObject(OBJECT, 'names of packs have 32 bytes each');
  return Array.from({ length: bytes.byteLength / NAME_BYTES }, (_, at) =>
    parsePackName(hexOf(bytes.subarray(at * NAME_BYTES, (at + 1) * NAME_BYTES))),
  );
}
