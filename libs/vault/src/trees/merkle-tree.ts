import type { ChunkStore } from '../ports.js';
import { applyChanges, type ChangePages } from './apply-changes.js';
import { diffTrees, type TreeDifference } from './diff-trees.js';
import { NodeStore } from './node-store.js';
import { countEntries, getMany, type KeyRange, type LeavesTogether, pages, scan } from './read-tree.js';
import { type NodeBoundary, TreeBoundary, type TreeShape } from './tree-boundary.js';
import type { TreeEntry } from './tree-node.js';
import type { TreeRoot } from './tree-root.js';

/** What a tree stands on: where its nodes lie, and the vault's tree key, which decides where nodes end. */
export interface TreeContext {
  readonly store: ChunkStore;
  readonly treeKey: Uint8Array;
}

/**
 * A Merkle search tree of byte strings (docs/format/v1.md#trees). Trees are values: applying changes gives a new root and leaves
 * the old one readable. The same entries give the same root, whatever the order of the edits that made them.
 */
export class MerkleTree {
  readonly #nodes: NodeStore;

  constructor(
    store: ChunkStore,
    private readonly boundary: NodeBoundary,
  ) {
    this.#nodes = new NodeStore(store);
  }

  /** A tree that ends its nodes as the format says for the tree of this shape. */
  static of({ store, treeKey }: TreeContext, shape: TreeShape): MerkleTree {
    return new MerkleTree(store, new TreeBoundary(treeKey, shape));
  }

  /** The values of sorted keys, in their order; undefined where the tree lacks one. */
  getMany(root: TreeRoot | undefined, sortedKeys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return getMany(this.#nodes, root, sortedKeys);
  }

  scan(root: TreeRoot | undefined, range: KeyRange = {}): AsyncGenerator<TreeEntry> {
    return scan(this.#nodes, root, range);
  }

  /** All entries in key order, leaf by leaf; while one load is taken, the next is made. */
  pages(root: TreeRoot | undefined, leavesTogether: LeavesTogether): AsyncGenerator<readonly TreeEntry[]> {
    return pages(this.#nodes, root, leavesTogether);
  }

  count(root: TreeRoot | undefined, range: KeyRange): Promise<number> {
    return countEntries(this.#nodes, root, range);
  }

  /** Builds from `undefined`, else rewrites only what the strictly ascending changes touch. */
  edit(root: TreeRoot | undefined, changes: ChangePages): Promise<TreeRoot | undefined> {
    return applyChanges(this.#nodes, this.boundary, root, changes);
  }

  diff(before: TreeRoot | undefined, after: TreeRoot | undefined): AsyncGenerator<TreeDifference> {
    return diffTrees(this.#nodes, before, after);
  }
}
