import type { ChunkId } from '@holdfast/kernel';
import { type NodeRef, type NodeStore } from './node-store.js';
import { isLeaf, type TreeEntry } from './tree-node.js';
import type { TreeRoot } from './tree-root.js';

/** A key whose value differs between two trees; undefined where a tree lacks it. */
export interface TreeDifference {
  readonly key: Uint8Array;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

/** Who hears of nodes that are read: with what the other tree has, those are all nodes of a tree, each once. */
export interface DiffHearer {
  readonly openedBefore?: (node: ChunkId) => void;
  readonly openedAfter?: (node: ChunkId) => void;
}

/** What differs, in key order. Equal subtrees are skipped unread, so the cost is that of the difference. */
export async function* diffTrees(
  nodes: NodeStore,
  before: TreeRoot | undefined,
  after: TreeRoot | undefined,
  { openedBefore = () => undefined, openedAfter = () => undefined }: DiffHearer = {},
): AsyncGenerator<TreeDifference> {
  const old = new Frontier(nodes, before, openedBefore);
  const young = new Frontier(nodes, after, openedAfter);
  while (old.head ?? young.head) {
    const move = chooseMove(old.head, young.head);
    if (move === 'open-old') await old.open();
    else if (move === 'open-young') await young.open();
    else {
      const a = move === 'step-young' ? undefined : old.step();
      const b = move === 'step-old' ? undefined : young.step();
      const key = a?.key ?? b?.key;
      if (key && !isSameValue(a, b)) yield { key, before: a?.value, after: b?.value };
    }
  }
}

/** A subtree not yet opened: it holds keys above `above`, up to and including its own. */
interface Subtree extends NodeRef {
  readonly above: Uint8Array | undefined;
}

type Head = TreeEntry | Subtree;
type Move = 'open-old' | 'open-young' | 'step-old' | 'step-young' | 'step-both';

function chooseMove(a: Head | undefined, b: Head | undefined): Move {
  if (a && (!b || isAllBefore(a, b))) return isSubtree(a) ? 'open-old' : 'step-old';
  if (b && (!a || isAllBefore(b, a))) return isSubtree(b) ? 'open-young' : 'step-young';
  if (!a || !b) return 'step-both';
  if (!isSubtree(a)) return isSubtree(b) ? 'open-young' : 'step-both';
  if (!isSubtree(b)) return 'open-old';
  if (a.id === b.id) return 'step-both';
  return a.level >= b.level ? 'open-old' : 'open-young';
}

function isSubtree(head: Head): head is Subtree {
  return 'level' in head;
}

/** Every key of `a` is smaller than every key of `b`. */
function isAllBefore(a: Head, b: Head): boolean {
  if (!a.key) return false;
  if (!isSubtree(b)) return Buffer.compare(a.key, b.key) < 0;
  return b.above !== undefined && Buffer.compare(a.key, b.above) <= 0;
}

function isSameValue(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a.value, b.value) === 0;
}

/** What is left of a tree: entries and subtrees in key order, next one last. Grows by one node per level. */
class Frontier {
  readonly #left: Head[] = [];

  constructor(
    private readonly nodes: NodeStore,
    root: TreeRoot | undefined,
    private readonly opened: (node: ChunkId) => void,
  ) {
    if (root) this.#left.push({ ...root, above: undefined });
  }

  get head(): Head | undefined {
    return this.#left.at(-1);
  }

  /** Passes over the head; tells of it when it is an entry. */
  step(): TreeEntry | undefined {
    const head = this.#left.pop();
    return head && !isSubtree(head) ? head : undefined;
  }

  async open(): Promise<void> {
    const head = this.#left.pop();
    if (!head || !isSubtree(head)) return;
    const node = await this.nodes.load(head);
    this.opened(head.id);
    if (isLeaf(node)) {
      this.#left.push(...node.entries.toReversed());
      return;
    }
    let { above } = head;
    const subtrees: Subtree[] = [];
    for (const child of node.children) {
      subtrees.push({ ...child, level: node.level - 1, above });
      above = child.key;
    }
    this.#left.push(...subtrees.reverse());
  }
}
