import type { ChunkId } from '@holdfast/kernel';
import { type NodeStore } from './node-store.js';
import { type NodeBoundary } from './tree-boundary.js';
import { type ChildRef, isLeaf, type TreeEntry } from './tree-node.js';
import type { TreeRoot } from './tree-root.js';

/** The node that is being filled on one level. */
interface OpenNode<Entry> {
  entries: Entry[];
  /** Its last entry ends it; it is sealed when the next one comes, so that a lone node can become the root. */
  isClosed: boolean;
}

/** Leaves that are being put at the same time: a store that asks an index for each batch of chunks is then asked rarely. */
const LEAVES_UNDER_WAY = 64;

/** A leaf whose chunk id is not known yet. */
interface PendingLeaf {
  readonly key: Uint8Array;
  readonly entries: number;
  readonly id: Promise<ChunkId>;
}

/** What is known about an entry's being the last of its node: `no` for the inner entries of an old node. */
export type Ends = 'no' | 'ask';

/**
 * Builds a tree from entries and untouched subtrees of another tree, in key order. Holds one node per level and the leaves under way.
 */
export class TreeWriter {
  readonly #pending: PendingLeaf[] = [];
  readonly #leaf: OpenNode<TreeEntry> = { entries: [], isClosed: false };
  /** Level 1 at index 0. */
  readonly #inner: OpenNode<ChildRef>[] = [];

  constructor(
    private readonly nodes: NodeStore,
    private readonly boundary: NodeBoundary,
  ) {}

  /** Adds an entry; undefined where there is room for the next at once. */
  append(entry: TreeEntry, ends: Ends): Promise<void> | undefined {
    const room = this.#leaf.isClosed ? this.#sealLeaf() : undefined;
    this.#leaf.entries.push(entry);
    this.#leaf.isClosed = ends === 'ask' && this.boundary.levelOf(entry.key) > 0;
    return room;
  }

  /** Whether a whole subtree of this level fits here: nothing of that level or below is begun. */
  async isAligned(level: number): Promise<boolean> {
    if (this.#isBegun(this.#leaf)) return false;
    await this.#drain();
    for (let at = 1; at <= level; at++) if (this.#isBegun(this.#inner[at - 1])) return false;
    return true;
  }

  #isBegun(open: OpenNode<unknown> | undefined): boolean {
    return open !== undefined && open.entries.length > 0 && !open.isClosed;
  }

  /** Takes a subtree as it is. Only where {@link isAligned} says yes. */
  async appendSubtree(child: ChildRef, level: number, ends: Ends): Promise<void> {
    if (this.#leaf.isClosed) await this.#sealLeaf();
    await this.#drain();
    for (let at = 1; at <= level; at++) if (this.#inner[at - 1]?.isClosed) await this.#sealInner(at);
    await this.#appendChild(child, level + 1, ends);
  }

  /** The finished tree: its root is the lowest level that has a single node. */
  async finish(): Promise<TreeRoot | undefined> {
    const isLeafAlone = this.#inner.length === 0 && this.#pending.length === 0;
    if (isLeafAlone) return this.#leaf.entries.length > 0 ? this.#rootLeaf() : undefined;
    if (this.#leaf.entries.length > 0) await this.#sealLeaf();
    await this.#drain();
    let top = 1;
    for (; top < this.#inner.length; top++) if (this.#open(top).entries.length > 0) await this.#sealInner(top);
    const children = this.#open(top).entries;
    const [only, second] = children;
    if (only && !second) return this.#withoutLoneParents(only, top - 1);
    const id = await this.nodes.put({ level: top, children });
    return { id, level: top, entries: sumEntries(children) };
  }

  async #rootLeaf(): Promise<TreeRoot> {
    const { entries } = this.#leaf;
    return { id: await this.nodes.put({ level: 0, entries }), level: 0, entries: entries.length };
  }

  async #withoutLoneParents(child: ChildRef, level: number): Promise<TreeRoot> {
    const { id, entries } = child;
    const node = await this.nodes.load({ ...child, level });
    const [only, second] = isLeaf(node) ? [] : node.children;
    return only && !second ? this.#withoutLoneParents(only, level - 1) : { id, level, entries };
  }

  /** The next leaf is begun when this returns, whatever is still waited for. */
  async #sealLeaf(): Promise<void> {
    const { entries } = this.#leaf;
    this.#leaf.entries = [];
    this.#leaf.isClosed = false;
    const last = entries.at(-1);
    if (!last) return;
    const id = this.nodes.put({ level: 0, entries });
    // Its failure is met where it is waited for.
    id.catch(() => undefined);
    this.#pending.push({ key: last.key, entries: entries.length, id });
    if (this.#pending.length >= LEAVES_UNDER_WAY) await this.#settleFirst();
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) await this.#settleFirst();
  }

  async #settleFirst(): Promise<void> {
    const first = this.#pending.shift();
    if (first) await this.#appendChild({ key: first.key, id: await first.id, entries: first.entries }, 1, 'ask');
  }

  async #sealInner(level: number): Promise<void> {
    const open = this.#open(level);
    const children = open.entries;
    open.entries = [];
    open.isClosed = false;
    const last = children.at(-1);
    if (!last) return;
    const id = await this.nodes.put({ level, children });
    await this.#appendChild({ key: last.key, id, entries: sumEntries(children) }, level + 1, 'ask');
  }

  async #appendChild(child: ChildRef, level: number, ends: Ends): Promise<void> {
    const open = this.#open(level);
    if (open.isClosed) await this.#sealInner(level);
    open.entries.push(child);
    open.isClosed = ends === 'ask' && this.boundary.levelOf(child.key) > level;
  }

  #open(level: number): OpenNode<ChildRef> {
    while (this.#inner.length < level) this.#inner.push({ entries: [], isClosed: false });
    return this.#inner[level - 1] ?? { entries: [], isClosed: false };
  }
}

function sumEntries(children: readonly ChildRef[]): number {
  return children.reduce((sum, child) => sum + child.entries, 0);
}
