import { CborFields } from '../cbor/cbor-fields.js';
import { decodeCbor, type DecodedCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { brokenObject } from '../broken-object.js';
import type { CborValue } from '../item-record.js';
import { getPieces, putPieces } from '../records/stored-value.js';
import { MerkleTree, type TreeContext } from '../trees/merkle-tree.js';
import type { LeavesTogether } from '../trees/read-tree.js';
import { type TreeRoot, treeRootFromCbor, treeRootToCbor } from '../trees/tree-root.js';
import { runBoundary } from './run-boundary.js';
import { KeyFilter, probeOf } from './key-filter.js';
import { decodeChangeValue, encodeChangeValue, type RunChange, type RunPages } from './run-change.js';

const OBJECT = 'run';

/** A sealed batch of changes in key order: a tree of its own, and a filter that tells which keys it may hold. */
export interface Run {
  readonly root: TreeRoot;
  readonly filter: KeyFilter;
  /** The filter's chunks, as a list of ids in CBOR. */
  readonly storedFilter: Uint8Array;
}

/** Writes and reads runs in the `meta` branch. */
export class RunStore {
  readonly #tree: MerkleTree;

  constructor(private readonly context: TreeContext) {
    this.#tree = new MerkleTree(context.store, runBoundary);
  }

  /** Seals changes that come in strictly ascending key order; undefined when there are none. `keys` is about how many. */
  async write(changes: RunPages, keys: number): Promise<Run | undefined> {
    const filter = KeyFilter.empty(keys);
    const root = await this.#tree.edit(undefined, entriesOf(changes, filter));
    return root && { root, filter, storedFilter: await putPieces(this.context.store, filter.bytes) };
  }

  /** The run's words on sorted keys; undefined where it has none. */
  async getMany(run: Run, sortedKeys: readonly Uint8Array[]): Promise<(RunChange['value'] | undefined)[]> {
    const found = await this.#tree.getMany(run.root, sortedKeys);
    return found.map((value) => value && decodeChangeValue(value));
  }

  async *scan(run: Run, leavesTogether: LeavesTogether): AsyncGenerator<readonly RunChange[]> {
    for await (const entries of this.#tree.pages(run.root, leavesTogether))
      yield entries.map(({ key, value }) => ({ key, value: decodeChangeValue(value) }));
  }

  /** Reverses {@link runToCbor}; reads the filter. */
  async open(value: DecodedCbor): Promise<Run> {
    const fields = new CborFields(value, OBJECT);
    const root = treeRootFromCbor(fields.value(1), OBJECT);
    if (!root) throw brokenObject(OBJECT, 'it is not empty');
    const storedFilter = encodeCbor(fields.list(2, 'filter'));
    return {
      root,
      filter: KeyFilter.fromBytes(await getPieces(this.context.store, storedFilter, OBJECT)),
      storedFilter,
    };
  }
}

/** A run as a checkpoint refers to it (docs/format/v1.md#runs). */
export function runToCbor(run: Run): CborValue {
  return new Map<number, CborValue>([
    [1, treeRootToCbor(run.root)],
    [2, decodeCbor(run.storedFilter, OBJECT)],
  ]);
}

async function* entriesOf(changes: RunPages, filter: KeyFilter) {
  for await (const page of changes)
    yield page.map(({ key, value }) => {
      filter.add(probeOf(key));
      return { key, value: encodeChangeValue(value) };
    });
}
