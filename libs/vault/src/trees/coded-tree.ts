import { getValue, putValue } from '../records/stored-value.js';
import type { ChangePages, TreeChange } from './apply-changes.js';
import { MerkleTree, type TreeContext } from './merkle-tree.js';
import type { KeyRange } from './read-tree.js';
import type { TreeShape } from './tree-boundary.js';
import type { TreeRoot } from './tree-root.js';

/** How one tree of a snapshot writes its keys and values. Values are CBOR maps; large ones go out of line by themselves. */
export interface TreeCodec<Key, Value> {
  /** Names the tree's entry in a refusal. */
  readonly object: string;
  readonly shape: TreeShape;
  readonly encodeKey: (key: Key) => Uint8Array;
  readonly decodeKey: (bytes: Uint8Array) => Key;
  readonly encodeValue: (value: Value) => Uint8Array;
  readonly decodeValue: (bytes: Uint8Array) => Value;
}

/** A stretch of a coded tree. To go on after a page, pass the last key as `after`. */
export interface CodedRange<Key> {
  readonly prefix?: Uint8Array;
  readonly after?: Key;
}

/** A {@link MerkleTree} of typed keys and values. */
export class CodedTree<Key, Value> {
  readonly #tree: MerkleTree;

  constructor(
    private readonly context: TreeContext,
    private readonly codec: TreeCodec<Key, Value>,
  ) {
    this.#tree = MerkleTree.of(context, codec.shape);
  }

  async get(root: TreeRoot | undefined, key: Key): Promise<Value | undefined> {
    const [value] = await this.getMany(root, [key]);
    return value;
  }

  /** The values in the order of the keys, which need not be sorted; undefined where the tree lacks one. */
  async getMany(root: TreeRoot | undefined, keys: readonly Key[]): Promise<(Value | undefined)[]> {
    const wanted = keys.map((key, at) => ({ at, bytes: this.codec.encodeKey(key) }));
    wanted.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const stored = await this.#tree.getMany(
      root,
      wanted.map(({ bytes }) => bytes),
    );
    const values = keys.map((): Value | undefined => undefined);
    for (const [place, { at }] of wanted.entries()) {
      const value = stored[place];
      if (value) values[at] = await this.#read(value);
    }
    return values;
  }

  /** Entries in key order, read as they are asked for. */
  async *scan(root: TreeRoot | undefined, range: CodedRange<Key> = {}): AsyncGenerator<[Key, Value]> {
    for await (const { key, value } of this.#tree.scan(root, this.#bytesOf(range))) {
      // Only what lies out of line is waited for: a turn of the loop costs as much as decoding.
      const stored = getValue(this.context.store, value, this.codec.object);
      const bytes = stored instanceof Uint8Array ? stored : await stored;
      yield [this.codec.decodeKey(key), this.codec.decodeValue(bytes)];
    }
  }

  /** Counts entries without reading those between the range's edges. */
  count(root: TreeRoot | undefined, range: CodedRange<Key> = {}): Promise<number> {
    return this.#tree.count(root, this.#bytesOf(range));
  }

  /** A new tree with the changes; they come strictly ascending by encoded key. An undefined value takes the key out. */
  edit(
    root: TreeRoot | undefined,
    changes: AsyncIterable<readonly [Key, Value | undefined]>,
  ): Promise<TreeRoot | undefined> {
    return this.#tree.edit(root, this.#encode(changes));
  }

  /** The tree of exactly these entries, in any order. They are held in memory. */
  async build(entries: Iterable<readonly [Key, Value]>): Promise<TreeRoot | undefined> {
    const changes: TreeChange[] = [];
    for (const [key, value] of entries)
      changes.push({ key: this.codec.encodeKey(key), value: await this.encodeValue(value) });
    return this.#tree.edit(undefined, inOrder(changes));
  }

  /** The values as the tree holds them, by sorted encoded keys; for those who compare before they decode. */
  getManyStored(root: TreeRoot | undefined, sortedKeys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#tree.getMany(root, sortedKeys);
  }

  /** As {@link edit}, with changes whose values were stored by {@link encodeValue}. */
  editStored(root: TreeRoot | undefined, changes: ChangePages): Promise<TreeRoot | undefined> {
    return this.#tree.edit(root, changes);
  }

  /** What differs between two trees, in key order; costs what differs. */
  async *diff(
    before: TreeRoot | undefined,
    after: TreeRoot | undefined,
  ): AsyncGenerator<{ key: Key; before: Value | undefined; after: Value | undefined }> {
    for await (const difference of this.#tree.diff(before, after))
      yield {
        key: this.codec.decodeKey(difference.key),
        before: difference.before && (await this.#read(difference.before)),
        after: difference.after && (await this.#read(difference.after)),
      };
  }

  /** The bytes that the tree holds for a value; only those of a large one have to be waited for. */
  encodeValue(value: Value): Uint8Array | Promise<Uint8Array> {
    return putValue(this.context.store, this.codec.encodeValue(value));
  }

  async #read(stored: Uint8Array): Promise<Value> {
    return this.codec.decodeValue(await getValue(this.context.store, stored, this.codec.object));
  }

  async *#encode(changes: AsyncIterable<readonly [Key, Value | undefined]>): AsyncGenerator<readonly TreeChange[]> {
    for await (const [key, value] of changes)
      yield [
        { key: this.codec.encodeKey(key), value: value === undefined ? undefined : await this.encodeValue(value) },
      ];
  }

  #bytesOf({ prefix, after }: CodedRange<Key>): KeyRange {
    return { ...(prefix && { prefix }), ...(after !== undefined && { after: this.codec.encodeKey(after) }) };
  }
}

async function* inOrder(changes: TreeChange[]): AsyncGenerator<readonly TreeChange[]> {
  yield changes.sort((a, b) => Buffer.compare(a.key, b.key));
}
