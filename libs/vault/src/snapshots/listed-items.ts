import type { ItemKind } from '../item-record.js';
import { folderPrefix } from '../trees/folder-key.js';
import { foldersTree } from '../trees/folders-tree.js';
import { itemsTree } from '../trees/items-tree.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import type { SnapshotBody } from './snapshot-body.js';

/** Items looked up together. */
const PAGE = 256;

/** An item as a snapshot lists it. */
export interface ListedItem {
  readonly id: string;
  readonly kind: ItemKind;
}

/** Items that the trees list in the folder (`''`: at the top), or all that they hold. */
export async function* listedItems(
  context: TreeContext,
  { folders, items }: SnapshotBody,
  folder: string | undefined,
): AsyncGenerator<ListedItem> {
  if (folder === undefined) {
    for await (const [id, { kind }] of itemsTree(context).scan(items)) yield { id, kind };
    return;
  }
  const prefix = folderPrefix(folder);
  for await (const [{ itemId: id }, { kind }] of foldersTree(context).scan(folders, { prefix })) yield { id, kind };
}

/** Those that are not among the ones that `among` picks out of some ids; it is asked a page at a time. */
export async function* itemsWithout(
  items: AsyncIterable<ListedItem>,
  among: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): AsyncGenerator<ListedItem> {
  let page: ListedItem[] = [];
  for await (const item of items) {
    if (page.push(item) < PAGE) continue;
    yield* await pageWithout(page, among);
    page = [];
  }
  yield* await pageWithout(page, among);
}

async function pageWithout(
  page: readonly ListedItem[],
  among: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<ListedItem[]> {
  if (page.length === 0) return [];
  const found = await among(page.map(({ id }) => id));
  return page.filter(({ id }) => !found.has(id));
}
