import { AppError } from '@holdfast/kernel';
import type { ChangePages, TreeChange } from '../trees/apply-changes.js';
import type { TreeRoot } from '../trees/tree-root.js';

/** A tree that is asked what it holds. */
interface AskedTree {
  getManyStored(root: TreeRoot | undefined, sortedKeys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
}

/** Throws INTERNAL unless both trees have an entry for each item that the ledger counts. */
export function requireEntries(trees: { readonly [tree: string]: TreeRoot | undefined }, items: number): void {
  for (const [tree, root] of Object.entries(trees))
    requireCount(`entries of the ${tree} tree`, root?.entries ?? 0, items);
}

/** Throws INTERNAL unless as many came out as went in. */
export function requireCount(what: string, found: number, expected: number): void {
  if (found === expected) return;
  throw new AppError('INTERNAL', `The ledger does not balance: ${found} ${what}, where it counts ${expected}.`, {
    context: { what, found, expected },
  });
}

/** Throws INTERNAL unless the tree holds what each change says: an update that was lost leaves every count as it was. */
export async function requireTaken(tree: AskedTree, root: TreeRoot | undefined, changes: ChangePages): Promise<void> {
  for await (const page of changes) await requireHeld(tree, root, page);
}

async function requireHeld(tree: AskedTree, root: TreeRoot | undefined, changes: readonly TreeChange[]): Promise<void> {
  if (changes.length === 0) return;
  const keys = changes.map(({ key }) => key);
  const held = await tree.getManyStored(root, keys);
  const taken = changes.filter(({ value }, at) => isEqual(value, held[at])).length;
  requireCount('changes taken by a tree', taken, changes.length);
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}
