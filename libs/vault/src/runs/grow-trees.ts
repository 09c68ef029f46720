import type { ItemRecord } from '../item-record.js';
import { type Ledger } from '../ledger/ledger.js';
import { outcomeOf } from '../ledger/outcome.js';
import { Words } from '../ledger/words.js';
import { decodeItemRecord } from '../records/item-record-codec.js';
import { getValue } from '../records/stored-value.js';
import type { TreeChange } from '../trees/apply-changes.js';
import { encodeFolderKey } from '../trees/folder-key.js';
import { foldersTree, listingOf } from '../trees/folders-tree.js';
import { itemsTree } from '../trees/items-tree.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import { textOfKey } from '../trees/text-key.js';
import type { TreeRoot } from '../trees/tree-root.js';
import type { RunChange } from './run-change.js';
import { RunWriter, type RunWriterOptions } from './run-writer.js';
import { TouchedFolders } from './touched-folders.js';
import { requireCount, requireEntries, requireTaken } from './tree-audit.js';

/** Changes whose old records are read together. */
const BATCH = 64;

/** A snapshot's two trees of items. */
export interface ItemRoots {
  readonly items: TreeRoot | undefined;
  readonly folders: TreeRoot | undefined;
}

/** The trees, and the words that they were made from: whoever told the task of items holds these against its own. */
export interface GrownTrees extends ItemRoots {
  readonly words: Words;
  /** Folders that the changes left items in and that the trees do not hold; {@link TouchedFolders.lacking}. */
  readonly lackingFolders: readonly string[];
}

/**
 * Makes a snapshot's `items` and `folders` trees from its parent's and the task's merged changes, and counts each change in the
 * ledger. Reads and writes O(changes · log items) nodes; memory does not grow with either. `changes` begins anew at each call, with the
 * same changes; INTERNAL where a tree is not what they make of its parent.
 */
export async function growTrees(
  context: TreeContext,
  parent: ItemRoots,
  changes: () => AsyncIterable<RunChange>,
  ledger: Ledger,
  options: Pick<RunWriterOptions, 'bufferBytes'> = {},
): Promise<GrownTrees> {
  const listings = new RunWriter(context, options);
  const touched = new TouchedFolders(context, options);
  const growth = new Growth(context, parent.items, { listings, ledger, touched });
  const items = await itemsTree(context).editStored(parent.items, growth.itemChanges(changes()));
  const listed = { entries: 0 };
  const folders = await foldersTree(context).editStored(parent.folders, folderChanges(listings, listed));
  requireCount('listed entries', listed.entries, growth.listed);
  requireEntries({ items, folders }, ledger.itemsHeld);
  // A first tree is all insertions, so its count tells of each.
  if (parent.items) {
    await requireTaken(itemsTree(context), items, itemWords(changes()));
    await requireTaken(foldersTree(context), folders, folderChanges(listings));
  }
  const lackingFolders = await touched.lacking(items, folders);
  return { items, folders, words: growth.words, lackingFolders };
}

/** One item before and after; values are as the tree holds them. */
interface Step {
  readonly key: Uint8Array;
  readonly oldValue: Uint8Array | undefined;
  readonly newValue: Uint8Array | undefined;
}

class Growth {
  /** The last word on each item of the changes. */
  readonly words = new Words();
  /** Changes of the listings. */
  listed = 0;
  readonly #items;
  readonly #folders;

  constructor(
    private readonly context: TreeContext,
    private readonly parent: TreeRoot | undefined,
    private readonly into: {
      readonly listings: RunWriter;
      readonly ledger: Ledger;
      readonly touched: TouchedFolders;
    },
  ) {
    this.#items = itemsTree(context);
    this.#folders = foldersTree(context);
  }

  /** Passes the changes on to the items tree and notes on the way what they mean for listings and ledger. */
  async *itemChanges(changes: AsyncIterable<RunChange>): AsyncGenerator<TreeChange> {
    for await (const batch of inBatches(changes)) {
      const oldValues = await this.#items.getManyStored(
        this.parent,
        batch.map(({ key }) => key),
      );
      const steps = batch.map(({ key, value }, at): Step => {
        const oldValue = oldValues[at];
        return { key, oldValue, newValue: value === 'gone' ? undefined : value === 'seen' ? oldValue : value };
      });
      const records = await Promise.all(steps.map((step) => this.#readBoth(step)));
      for (const [at, step] of steps.entries()) {
        const [before, after] = records[at] ?? [];
        this.#say(batch[at], after);
        await this.#note(step, before, after);
        if (!isEqual(step.oldValue, step.newValue)) yield { key: step.key, value: step.newValue };
      }
    }
  }

  #say(change: RunChange | undefined, after: ItemRecord | undefined): void {
    const mark = typeof change?.value === 'string' ? change.value : after;
    if (change && mark !== undefined) this.words.say(textOfKey(change.key), mark, undefined);
  }

  async #readBoth({ oldValue, newValue }: Step): Promise<[ItemRecord | undefined, ItemRecord | undefined]> {
    const before = await this.#read(oldValue);
    return [before, isEqual(oldValue, newValue) ? before : await this.#read(newValue)];
  }

  async #read(stored: Uint8Array | undefined): Promise<ItemRecord | undefined> {
    return stored && decodeItemRecord(await getValue(this.context.store, stored, 'item record'));
  }

  async #note(step: Step, before: ItemRecord | undefined, after: ItemRecord | undefined): Promise<void> {
    const itemId = textOfKey(step.key);
    await this.into.touched.note(itemId, before, after);
    if (!before && !after) return;
    this.into.ledger.count(outcomeOf(before, after, isEqual(step.oldValue, step.newValue)), before, after);
    const old = before && (await this.#listing(itemId, before));
    const young = after && (await this.#listing(itemId, after));
    if (old && !isEqual(old.key, young?.key)) await this.#list({ key: old.key, value: 'gone' });
    if (young && !(isEqual(old?.key, young.key) && isEqual(old?.value, young.value))) await this.#list(young);
  }

  #list(change: RunChange): Promise<void> {
    this.listed += 1;
    return this.into.listings.put(change);
  }

  async #listing(itemId: string, record: ItemRecord): Promise<{ key: Uint8Array; value: Uint8Array }> {
    const [key, entry] = listingOf(itemId, record);
    return { key: encodeFolderKey(key), value: await this.#folders.encodeValue(entry) };
  }
}

async function* folderChanges(listings: RunWriter, listed = { entries: 0 }): AsyncGenerator<TreeChange> {
  for await (const { key, value } of listings.merged()) {
    listed.entries += 1;
    yield { key, value: typeof value === 'string' ? undefined : value };
  }
}

/** What the items tree has to hold after the changes. */
async function* itemWords(changes: AsyncIterable<RunChange>): AsyncGenerator<TreeChange> {
  for await (const { key, value } of changes)
    if (value !== 'seen') yield { key, value: value === 'gone' ? undefined : value };
}

async function* inBatches(changes: AsyncIterable<RunChange>): AsyncGenerator<RunChange[]> {
  let batch: RunChange[] = [];
  for await (const change of changes) {
    if (batch.push(change) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}
