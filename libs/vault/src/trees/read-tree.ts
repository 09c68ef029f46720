import { type NodeRef, type NodeStore } from './node-store.js';
import { type InnerNode, isLeaf, type Leaf, type TreeEntry, type TreeNode } from './tree-node.js';
import type { TreeRoot } from './tree-root.js';

/** A stretch of keys. To go on after a page, pass the last key as `after`. */
export interface KeyRange {
  /** Only keys that begin so. */
  readonly prefix?: Uint8Array;
  /** Only keys greater than this. */
  readonly after?: Uint8Array;
}

/** Keys looked up at the same time, and so the most nodes held in memory. */
const KEYS_AT_ONCE = 128;

/** Leaves that a scan loads together, before the ones before them are taken: few requests. It holds as many again. */
const LEAVES_TOGETHER = 8;

/** Asked before each load, for how many leaves. */
export type LeavesTogether = () => number;

const asUsual: LeavesTogether = () => LEAVES_TOGETHER;

/** The values of the keys, in the keys' order; undefined where the tree lacks one. Keys come sorted. */
export async function getMany(
  nodes: NodeStore,
  root: TreeRoot | undefined,
  keys: readonly Uint8Array[],
): Promise<(Uint8Array | undefined)[]> {
  const found: (Uint8Array | undefined)[] = keys.map(() => undefined);
  if (!root) return found;
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE)
    await collect({ nodes, keys, found }, root, from, Math.min(from + KEYS_AT_ONCE, keys.length));
  return found;
}

interface Collecting {
  readonly nodes: NodeStore;
  readonly keys: readonly Uint8Array[];
  readonly found: (Uint8Array | undefined)[];
}

/** Keys `from` to `end` are at or below one node. */
interface Asked {
  readonly ref: NodeRef;
  readonly from: number;
  readonly end: number;
}

/** Looks up keys `from` to `end`, level by level: each node is loaded once, and with the others of its level. */
async function collect({ nodes, keys, found }: Collecting, root: NodeRef, from: number, end: number): Promise<void> {
  for (let level: readonly Asked[] = [{ ref: root, from, end }]; level.length > 0;) {
    const loaded = (await nodes.loadTogether(level.map(({ ref }) => ref))).values();
    const below: Asked[] = [];
    for (const asked of level) {
      const node = loaded.next().value;
      if (!node) throw new RangeError('A node that was asked for was not loaded.');
      if (!isLeaf(node)) below.push(...askedBelow(node, keys, asked));
      else for (let at = asked.from; at < asked.end; at++) found[at] = valueOf(node, keys[at]);
    }
    level = below;
  }
}

function askedBelow(node: InnerNode, keys: readonly Uint8Array[], { from, end }: Asked): Asked[] {
  const below: Asked[] = [];
  let at = from;
  for (const child of node.children) {
    const start = at;
    while (at < end && isAtMost(keys[at], child.key)) at++;
    if (at > start) below.push({ ref: { ...child, level: node.level - 1 }, from: start, end: at });
  }
  return below;
}

/** The entries of the range in key order. Loads some leaves ahead; stops when the caller does. */
export async function* scan(
  nodes: NodeStore,
  root: TreeRoot | undefined,
  range: KeyRange = {},
): AsyncGenerator<TreeEntry> {
  if (!root) return;
  for await (const leaf of leavesIn(nodes, root, range))
    for (const entry of leaf.entries) if (isIn(range, entry.key)) yield entry;
}

/** All entries in key order, as many together as a leaf has. */
export async function* pages(
  nodes: NodeStore,
  root: TreeRoot | undefined,
  leavesTogether: LeavesTogether,
): AsyncGenerator<readonly TreeEntry[]> {
  if (root) for await (const { entries } of leavesIn(nodes, root, {}, leavesTogether)) yield entries;
}

async function* leavesIn(
  nodes: NodeStore,
  ref: NodeRef,
  range: KeyRange,
  leavesTogether = asUsual,
): AsyncGenerator<Leaf> {
  const node = await nodes.load(ref);
  if (isLeaf(node)) {
    yield node;
    return;
  }
  const children = childrenIn(node, range);
  if (node.level > 1) for (const child of children) yield* leavesIn(nodes, child, range, leavesTogether);
  else yield* loadAhead(nodes, children, leavesTogether);
}

async function* loadAhead(
  nodes: NodeStore,
  refs: readonly NodeRef[],
  leavesTogether: LeavesTogether,
): AsyncGenerator<Leaf> {
  let loading: Promise<readonly TreeNode[]> | undefined;
  let next: Promise<readonly TreeNode[]> | undefined;
  try {
    for (let at = 0; at < refs.length;) {
      const end = at + leavesTogether();
      next = nodes.loadTogether(refs.slice(at, end));
      at = end;
      // Its failure is met where it is waited for, if it ever is.
      next.catch(() => undefined);
      if (loading) yield* leavesOf(await loading);
      loading = next;
    }
    if (loading) yield* leavesOf(await loading);
  } finally {
    await next?.catch(() => undefined);
  }
}

function leavesOf(nodes: readonly TreeNode[]): Leaf[] {
  return nodes.filter(isLeaf);
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
  let [from, to] = [0, leaf.entries.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const entry = leaf.entries[middle];
    const order = entry ? Buffer.compare(entry.key, key) : 0;
    if (order === 0) return entry?.value;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return undefined;
}
