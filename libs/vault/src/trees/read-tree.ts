import { type NodeRef, type NodeStore } from './node-store.js';
import { type InnerNode, isLeaf, type Leaf, type TreeEntry } from './tree-node.js';
import type { TreeRoot } from './tree-root.js';

/** A stretch of keys. To go on after a page, pass the last key as `after`. */
export interface KeyRange {
  /** Only keys that begin so. */
  readonly prefix?: Uint8Array;
  /** Only keys greater than this. */
  readonly after?: Uint8Array;
}

/** The values of the keys, in the keys' order; undefined where the tree lacks one. Keys come sorted; each node is read once. */
export async function getMany(
  nodes: NodeStore,
  root: TreeRoot | undefined,
  keys: readonly Uint8Array[],
): Promise<(Uint8Array | undefined)[]> {
  const found: (Uint8Array | undefined)[] = [];
  const collect = async (ref: NodeRef, from: number, end: number): Promise<void> => {
    const node = await nodes.load(ref);
    if (isLeaf(node)) {
      for (let at = from; at < end; at++) found[at] = valueOf(node, keys[at]);
      return;
    }
    let at = from;
    for (const child of node.children) {
      const start = at;
      while (at < end && isAtMost(keys[at], child.key)) at++;
      if (at > start) await collect({ ...child, level: node.level - 1 }, start, at);
    }
  };
  if (root && keys.length > 0) await collect(root, 0, keys.length);
  return keys.map((_, at) => found[at]);
}

/** The entries of the range in key order. Reads one node ahead; stops reading when the caller does. */
export async function* scan(
  nodes: NodeStore,
  root: TreeRoot | undefined,
  range: KeyRange = {},
): AsyncGenerator<TreeEntry> {
  if (root) yield* scanNode(nodes, root, range);
}

async function* scanNode(nodes: NodeStore, ref: NodeRef, range: KeyRange): AsyncGenerator<TreeEntry> {
  const node = await nodes.load(ref);
  if (!isLeaf(node)) {
    for (const child of childrenIn(node, range)) yield* scanNode(nodes, child, range);
    return;
  }
  for (const entry of node.entries) if (isIn(range, entry.key)) yield entry;
}

/** How many entries the range holds; reads only the nodes at its two edges. */
export async function countEntries(nodes: NodeStore, root: TreeRoot | undefined, range: KeyRange): Promise<number> {
  if (!root) return 0;
  const node = await nodes.load(root);
  if (isLeaf(node)) return node.entries.filter(({ key }) => isIn(range, key)).length;
  const touched = childrenIn(node, range);
  let sum = 0;
  for (const [at, child] of touched.entries()) {
    const isEdge = at === 0 || at === touched.length - 1;
    sum += isEdge ? await countEntries(nodes, child, range) : child.entries;
  }
  return sum;
}

/** The children that can hold keys of the range. */
function childrenIn(node: InnerNode, range: KeyRange): (NodeRef & TreeRoot)[] {
  const children: (NodeRef & TreeRoot)[] = [];
  let before: Uint8Array | undefined;
  for (const child of node.children) {
    // The child holds keys above `before`, up to and including child.key.
    const startsTooLate = before && range.prefix && isPastPrefix(before, range.prefix);
    if (startsTooLate) break;
    if (reachesInto(range, child.key)) children.push({ ...child, level: node.level - 1 });
    before = child.key;
  }
  return children;
}

function reachesInto({ after, prefix }: KeyRange, lastKey: Uint8Array): boolean {
  return (!after || Buffer.compare(lastKey, after) > 0) && (!prefix || Buffer.compare(lastKey, prefix) >= 0);
}

/** Every key greater than this one is greater than all that begin with the prefix. */
function isPastPrefix(key: Uint8Array, prefix: Uint8Array): boolean {
  return Buffer.compare(key.subarray(0, prefix.length), prefix) > 0;
}

function isIn({ after, prefix }: KeyRange, key: Uint8Array): boolean {
  return (
    (!after || Buffer.compare(key, after) > 0) &&
    (!prefix || Buffer.compare(key.subarray(0, prefix.length), prefix) === 0)
  );
}

function isAtMost(key: Uint8Array | undefined, limit: Uint8Array): boolean {
  return key !== undefined && Buffer.compare(key, limit) <= 0;
}

function valueOf(leaf: Leaf, key: Uint8Array | undefined): Uint8Array | undefined {
  if (!key) return undefined;
  return leaf.entries.find((entry) => Buffer.compare(entry.key, key) === 0)?.value;
}
