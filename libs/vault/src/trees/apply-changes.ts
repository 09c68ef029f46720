import { AppError } from '@holdfast/kernel';
import { PageCursor } from '../page-cursor.js';
import { type NodeRef, type NodeStore } from './node-store.js';
import { MAX_KEY_BYTES } from './key-packing.js';
import { type NodeBoundary } from './tree-boundary.js';
import { isLeaf, type Leaf } from './tree-node.js';
import type { TreeRoot } from './tree-root.js';
import { TreeWriter } from './tree-writer.js';

/** One edit of a tree; an undefined value takes the key out. */
export interface TreeChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Changes as they come, some at a time: to hand on each by itself costs as much as to put it into a node. */
export type ChangePages = AsyncIterable<readonly TreeChange[]>;

/**
 * The tree that the changes make of another. Changes come in strictly ascending key order (INVALID_ARGUMENT otherwise); subtrees
 * that they do not touch are neither read nor written. Memory: one node per level.
 */
export async function applyChanges(
  nodes: NodeStore,
  boundary: NodeBoundary,
  root: TreeRoot | undefined,
  changes: ChangePages,
): Promise<TreeRoot | undefined> {
  const pending = await ChangeCursor.open(changes);
  try {
    if (!pending.head) return root;
    const writer = new TreeWriter(nodes, boundary);
    if (root) await rewrite({ nodes, writer, pending }, root, true);
    await putUntil({ nodes, writer, pending }, undefined);
    return await writer.finish();
  } finally {
    await pending.close();
  }
}

interface Rewriting {
  readonly nodes: NodeStore;
  readonly writer: TreeWriter;
  readonly pending: ChangeCursor;
}

async function rewrite(work: Rewriting, ref: NodeRef, isRightEdge: boolean): Promise<void> {
  const node = await work.nodes.load(ref);
  if (isLeaf(node)) {
    await rewriteLeaf(work, node);
    return;
  }
  const last = node.children.length - 1;
  for (const [at, child] of node.children.entries()) {
    const level = node.level - 1;
    const isEdge = isRightEdge && at === last;
    if (isUntouched(work.pending, child.key, isEdge) && (await work.writer.isAligned(level)))
      await work.writer.appendSubtree(child, level, at === last ? 'ask' : 'no');
    else await rewrite(work, { ...child, level }, isEdge);
  }
}

/** The rightmost nodes may lack their end, so they stay as they are only when nothing follows. */
function isUntouched(pending: ChangeCursor, lastKey: Uint8Array, isRightEdge: boolean): boolean {
  const { head } = pending;
  return !head || (!isRightEdge && Buffer.compare(head.key, lastKey) > 0);
}

async function rewriteLeaf(work: Rewriting, leaf: Leaf): Promise<void> {
  const { writer, pending } = work;
  const last = leaf.entries.length - 1;
  for (const [at, entry] of leaf.entries.entries()) {
    await putUntil(work, entry.key);
    const { head } = pending;
    const change = head && Buffer.compare(head.key, entry.key) === 0 ? head : undefined;
    const value = change ? change.value : entry.value;
    const room = value && writer.append({ key: entry.key, value }, at === last ? 'ask' : 'no');
    if (room) await room;
    const turn = change && pending.next();
    if (turn) await turn;
  }
}

/** Puts the changes whose keys come before `key`, or all. Waits only where it has to: most entries are put in one go. */
async function putUntil({ writer, pending }: Rewriting, key: Uint8Array | undefined): Promise<void> {
  for (let { head } = pending; head && (!key || Buffer.compare(head.key, key) < 0); { head } = pending) {
    const room = head.value && writer.append({ key: head.key, value: head.value }, 'ask');
    if (room) await room;
    const turn = pending.next();
    if (turn) await turn;
  }
}

/** The changes with the next one in view; refuses those that are out of order. */
class ChangeCursor {
  readonly #changes: PageCursor<TreeChange>;

  private constructor(changes: ChangePages) {
    this.#changes = new PageCursor(changes);
  }

  static async open(changes: ChangePages): Promise<ChangeCursor> {
    const cursor = new ChangeCursor(changes);
    await cursor.next();
    return cursor;
  }

  get head(): TreeChange | undefined {
    return this.#changes.head;
  }

  /** Moves to the next; undefined where it was at hand. */
  next(): Promise<void> | undefined {
    const before = this.head;
    const turn = this.#changes.next();
    if (turn) return turn.then(() => this.#check(before));
    this.#check(before);
    return undefined;
  }

  close(): Promise<void> {
    return this.#changes.close();
  }

  #check(before: TreeChange | undefined): void {
    if (!this.head) return;
    const { key } = this.head;
    const isAscending = !before || Buffer.compare(before.key, key) < 0;
    if (isAscending && key.length <= MAX_KEY_BYTES) return;
    const rule = isAscending ? `a key may have ${MAX_KEY_BYTES} bytes` : 'changes come in strictly ascending key order';
    throw new AppError('INVALID_ARGUMENT', `A tree cannot take the changes: ${rule}.`, { context: { rule } });
  }
}
