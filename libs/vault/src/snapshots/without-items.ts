import type { ItemRecord } from '../item-record.js';
import { Ledger } from '../ledger/ledger.js';
import { deletedItem } from '../records/deleted-item.js';
import { encodeItemRecord } from '../records/item-record-codec.js';
import { putValue } from '../records/stored-value.js';
import { growTrees } from '../runs/grow-trees.js';
import { RunWriter } from '../runs/run-writer.js';
import { itemsTree } from '../trees/items-tree.js';
import { type LogRow, logTree } from '../trees/log-tree.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import { textKey } from '../trees/text-key.js';
import type { TreeRoot } from '../trees/tree-root.js';
import type { SnapshotBody } from './snapshot-body.js';

/** Records looked up together. */
const BATCH = 256;

/** Items to be deleted, and the code that stands in their place. */
export interface ItemsToDelete {
  readonly itemIds: ReadonlySet<string>;
  readonly cause: string;
}

/** A snapshot without some items, and how many of them it had. */
export interface Rewritten {
  readonly body: SnapshotBody;
  readonly items: number;
}

/**
 * The snapshot as it would be had the items never been stored: of each stays that it is there and in which folder, so that counts agree
 * and later snapshots leave it out. Rows of the log that name one go. What the run did, its cursors and debts stay. All that the body
 * refers to is durable when it resolves; the snapshot itself for one that has none of the items.
 */
export async function withoutItems(
  context: TreeContext,
  body: SnapshotBody,
  wanted: ItemsToDelete,
): Promise<Rewritten> {
  const changes = new RunWriter(context);
  const items = await deleteRecords(context, body, wanted, changes);
  const log = await withoutRows(context, body.log, wanted.itemIds);
  if (items === 0 && log === body.log) return { body, items };
  const ledger = new Ledger(body.ledger);
  const grown = await growTrees(context, body, () => changes.merged(), ledger);
  const { outcomes, owed, unexplained, work } = body.ledger;
  const totals = { ...ledger.totals({ owed, unexplained, work }), outcomes };
  await context.store.flush();
  return { body: { ...body, items: grown.items, folders: grown.folders, log, ledger: totals }, items };
}

/** Whether the snapshot has content or names of any of the items. */
export async function holdsAny(context: TreeContext, body: SnapshotBody, wanted: ItemsToDelete): Promise<boolean> {
  for (const page of pagesOf([...wanted.itemIds])) {
    const records = await itemsTree(context).getMany(body.items, page);
    if (records.some((record) => record && isToDelete(record, wanted.cause))) return true;
  }
  for await (const [, row] of logTree(context).scan(body.log)) if (names(row, wanted.itemIds)) return true;
  return false;
}

async function deleteRecords(
  context: TreeContext,
  body: SnapshotBody,
  { itemIds, cause }: ItemsToDelete,
  changes: RunWriter,
): Promise<number> {
  let items = 0;
  for (const page of pagesOf([...itemIds])) {
    const records = await itemsTree(context).getMany(body.items, page);
    for (const [at, id] of page.entries()) {
      const record = records[at];
      if (!record || !isToDelete(record, cause)) continue;
      const value = await putValue(context.store, encodeItemRecord(deletedItem(record, cause)));
      await changes.put({ key: textKey(id), value });
      items += 1;
    }
  }
  return items;
}

/** The top of a drive is no content, and everything hangs on it. */
const isToDelete = ({ kind, leftOut }: ItemRecord, cause: string) => kind !== 'drive-root' && leftOut?.cause !== cause;

async function withoutRows(
  context: TreeContext,
  root: TreeRoot | undefined,
  itemIds: ReadonlySet<string>,
): Promise<TreeRoot | undefined> {
  let going = 0;
  for await (const [, row] of logTree(context).scan(root)) if (names(row, itemIds)) going += 1;
  return going === 0 ? root : logTree(context).edit(undefined, keptRows(context, root, itemIds));
}

async function* keptRows(
  context: TreeContext,
  root: TreeRoot | undefined,
  itemIds: ReadonlySet<string>,
): AsyncGenerator<[number, LogRow]> {
  let number = 0;
  for await (const [, row] of logTree(context).scan(root)) if (!names(row, itemIds)) yield [number++, row];
}

const names = ({ itemId }: LogRow, itemIds: ReadonlySet<string>) => itemId !== undefined && itemIds.has(itemId);

function* pagesOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += BATCH) yield ids.slice(at, at + BATCH);
}
