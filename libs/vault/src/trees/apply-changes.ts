import { AppError } from '@holdfast/kernel';
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

/**
 * The tree that the changes make of another. Changes come in strictly ascending key order (INVALID_ARGUMENT otherwise); subtrees
 * that they do not touch are neither read nor written. Memory: one node per level.
 */
export async function applyChanges(
  nodes: NodeStore,
  boundary: NodeBoundary,
  root: TreeRoot | undefined,
  changes: AsyncIterable<TreeChange>,
): Promise<TreeRoot | undefined> {
  const pending = await ChangeCursor.open(changes);
  try {
    if (pending.isAtEnd) return root;
    const writer = new TreeWriter(nodes, boundary);
    if (root) await rewrite({ nodes, writer, pending }, root, true);
    for (let change = pending.head; change; change = pending.head) {
      await put(writer, change);
      await pending.next();
    }
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

async function rewriteLeaf({ writer, pending }: Rewriting, leaf: Leaf): Promise<void> {
  const last = leaf.entries.length - 1;
  for (const [at, entry] of leaf.entries.entries()) {
    let order = compareHead(pending, entry.key);
    for (; order < 0; order = compareHead(pending, entry.key)) {
      if (pending.head) await put(writer, pending.head);
      await pending.next();
    }
    const value = order === 0 ? pending.head?.value : entry.value;
    if (value) await writer.append({ key: entry.key, value }, at === last ? 'ask' : 'no');
    if (order === 0) await pending.next();
  }
}

function compareHead(pending: ChangeCursor, key: Uint8Array): number {
  return pending.head ? Buffer.compare(pending.head.key, key) : 1;
}

async function put(writer: TreeWriter, { key, value }: TreeChange): Promise<void> {
  if (value) await writer.append({ key, value }, 'ask');
}

/** The changes with the next one in view; refuses those that are out of order. */
class ChangeCursor {
  #head: TreeChange | undefined;

  private constructor(private readonly changes: AsyncIterator<TreeChange>) {}

  static async open(changes: AsyncIterable<TreeChange>): Promise<ChangeCursor> {
    const cursor = new ChangeCursor(changes[Symbol.asyncIterator]());
    await cursor.next();
    return cursor;
  }

  get head(): TreeChange | undefined {
    return this.#head;
  }

  get isAtEnd(): boolean {
    return this.#head === undefined;
  }

  async next(): Promise<void> {
    const result = await this.changes.next();
    const next = result.done ? undefined : result.value;
    if (next) this.#check(next);
    this.#head = next;
  }

  async close(): Promise<void> {
    await this.changes.return?.();
  }

  #check({ key }: TreeChange): void {
    const isAscending = !this.#head || Buffer.compare(this.#head.key, key) < 0;
    if (isAscending && key.length <= MAX_KEY_BYTES) return;
    const rule = isAscending ? `a key may have ${MAX_KEY_BYTES} bytes` : 'changes come in strictly ascending key order';
    throw new AppError('INVALID_ARGUMENT', `A tree cannot take the changes: ${rule}.`, { context: { rule } });
  }
}
