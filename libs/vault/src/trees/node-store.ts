import type { ChunkId } from '@holdfast/kernel';
import { brokenObject } from '../broken-object.js';
import type { ChunkStore } from '../ports.js';
import { decodeNode, encodeNode, isLeaf, type TreeNode } from './tree-node.js';

/** Inner nodes kept decoded, at most: enough for the upper levels of one walk, small beside a task's budget. */
const CACHED_NODES = 24;

/** What the holder of a reference to a node knows about it; checked when the node is read. */
export interface NodeRef {
  readonly id: ChunkId;
  readonly level: number;
  /** Entries in the leaves below. */
  readonly entries: number;
  /** Its last key, where the holder knows it. */
  readonly key?: Uint8Array;
}

/** Reads and writes nodes as `meta` chunks; remembers the inner nodes used last. */
export class NodeStore {
  readonly #inner = new Map<ChunkId, TreeNode>();

  constructor(private readonly store: ChunkStore) {}

  async put(node: TreeNode): Promise<ChunkId> {
    return this.store.put('meta', encodeNode(node));
  }

  async load(ref: NodeRef): Promise<TreeNode> {
    return this.#remembered(ref) ?? this.#checked(ref, await this.store.get('meta', ref.id));
  }

  /** Some nodes, in the order asked. Those that are not remembered are read together, which a destination answers sooner than one by one. */
  async loadTogether(refs: readonly NodeRef[]): Promise<TreeNode[]> {
    const known = refs.map((ref) => this.#remembered(ref));
    const missing = refs.flatMap(({ id }, at) => (known[at] ? [] : [id]));
    const read = (missing.length > 0 ? await this.store.getMany('meta', missing) : []).values();
    return refs.map((ref, at) => known[at] ?? this.#checked(ref, read.next().value ?? new Uint8Array(0)));
  }

  #remembered({ id }: NodeRef): TreeNode | undefined {
    const node = this.#inner.get(id);
    if (node) this.#remember(id, node);
    return node;
  }

  #checked(ref: NodeRef, encoded: Uint8Array): TreeNode {
    const node = decodeNode(encoded);
    check(node, ref);
    if (!isLeaf(node)) this.#remember(ref.id, node);
    return node;
  }

  #remember(id: ChunkId, node: TreeNode): void {
    this.#inner.delete(id);
    this.#inner.set(id, node);
    const [oldest] = this.#inner.keys();
    if (this.#inner.size > CACHED_NODES && oldest) this.#inner.delete(oldest);
  }
}

function check(node: TreeNode, ref: NodeRef): void {
  const entries = isLeaf(node) ? node.entries.length : node.children.reduce((sum, child) => sum + child.entries, 0);
  const last = (isLeaf(node) ? node.entries : node.children).at(-1);
  const isExpected =
    node.level === ref.level &&
    entries === ref.entries &&
    (!ref.key || (last && Buffer.compare(last.key, ref.key) === 0));
  if (!isExpected) throw brokenObject('tree node', 'level, last key and count of entries are as its parent says');
}
