import type { ItemRecord } from '../item-record.js';
import { type Ledger } from '../ledger/ledger.js';
import { outcomeOf } from '../ledger/outcome.js';
import { Words } from '../ledger/words.js';
import { decodeItemRecord } from '../records/item-record-codec.js';
import { getValue } from '../records/stored-value.js';
import type { TreeChange } from '../trees/apply-changes.js';
import { encodeFolderKey } from '../trees/folder-key.js';
import { foldersTree, type ListingEntry, listingOf } from '../trees/folders-tree.js';
import { itemsTree } from '../trees/items-tree.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import { textOfKey } from '../trees/text-key.js';
import type { TreeRoot } from '../trees/tree-root.js';
import type { RunChange, RunPages } from './run-change.js';
import { RunWriter, type RunWriterOptions } from './run-writer.js';
import { TouchedFolders } from './touched-folders.js';
import { requireCount, requireEntries, requireTaken } from './tree-audit.js';

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
  changes: () => RunPages,
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

/** One item before and after. */
interface Step {
  readonly key: Uint8Array;
  /** As the tree is to hold it. */
  readonly newValue: Uint8Array | undefined;
  /** The tree holds it already. */
  readonly isSame: boolean;
  readonly before: ItemRecord | undefined;
  readonly after: ItemRecord | undefined;
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
  async *itemChanges(changes: RunPages): AsyncGenerator<readonly TreeChange[]> {
    for await (const page of changes) {
      const keys = page.map(({ key }) => key);
      const steps = await this.#stepsOf(page, await this.#items.getManyStored(this.parent, keys));
      for (const [at, step] of steps.entries()) {
        this.#say(page[at], step.after);
        await this.#note(step);
      }
      yield steps.filter(({ isSame }) => !isSame).map(({ key, newValue }) => ({ key, value: newValue }));
    }
  }

  /** Records that lie out of line are read together; all others are at hand. */
  async #stepsOf(page: readonly RunChange[], oldValues: readonly (Uint8Array | undefined)[]): Promise<Step[]> {
    const unread = page.map(({ key, value }, at) => {
      const oldValue = oldValues[at];
      const newValue = value === 'gone' ? undefined : value === 'seen' ? oldValue : value;
      const isSame = isEqual(oldValue, newValue);
      const before = this.#read(oldValue);
      return { key, newValue, isSame, before, after: isSame ? before : this.#read(newValue) };
    });
    const late = unread.flatMap(({ before, after }) => [before, after]).filter((record) => record instanceof Promise);
    if (late.length > 0) await Promise.all(late);
    const steps: Step[] = [];
    for (const { before, after, ...step } of unread)
      steps.push({
        ...step,
        before: before instanceof Promise ? await before : before,
        after: after instanceof Promise ? await after : after,
      });
    return steps;
  }

  #say(change: RunChange | undefined, after: ItemRecord | undefined): void {
    const mark = typeof change?.value === 'string' ? change.value : after;
    if (change && mark !== undefined) this.words.say(textOfKey(change.key), mark, undefined);
  }

  #read(stored: Uint8Array | undefined): ItemRecord | undefined | Promise<ItemRecord> {
    if (!stored) return undefined;
    const bytes = getValue(this.context.store, stored, 'item record');
    return bytes instanceof Uint8Array ? decodeItemRecord(bytes) : bytes.then(decodeItemRecord);
  }

  async #note({ key, before, after, isSame }: Step): Promise<void> {
    const itemId = textOfKey(key);
    const room = this.into.touched.note(itemId, before, after);
    if (room) await room;
    if (!before && !after) return;
    this.into.ledger.count(outcomeOf(before, after, isSame), before, after);
    if (!isSame) await this.#noteListings(itemId, before, after);
  }

  async #noteListings(itemId: string, before: ItemRecord | undefined, after: ItemRecord | undefined): Promise<void> {
    const old = before && listed(itemId, before);
    const young = after && listed(itemId, after);
    const isInPlace = isEqual(old?.key, young?.key);
    if (old && !isInPlace) await this.#list({ key: old.key, value: 'gone' });
    if (!young) return;
    const value = this.#folders.encodeValue(young.entry);
    const change = { key: young.key, value: value instanceof Uint8Array ? value : await value };
    const isListed = old && isInPlace && isEqual(await this.#folders.encodeValue(old.entry), change.value);
    if (!isListed) await this.#list(change);
  }

  #list(change: RunChange): Promise<void> | undefined {
    this.listed += 1;
    return this.into.listings.put(change);
  }
}

function listed(itemId: string, record: ItemRecord): { readonly key: Uint8Array; readonly entry: ListingEntry } {
  const [key, entry] = listingOf(itemId, record);
  return { key: encodeFolderKey(key), entry };
}

async function* folderChanges(listings: RunWriter, listed = { entries: 0 }): AsyncGenerator<readonly TreeChange[]> {
  for await (const page of listings.merged()) {
    listed.entries += page.length;
    yield page.map(({ key, value }) => ({ key, value: typeof value === 'string' ? undefined : value }));
  }
}

/** What the items tree has to hold after the changes. */
async function* itemWords(changes: RunPages): AsyncGenerator<readonly TreeChange[]> {
  for await (const page of changes)
    yield page
      .filter(({ value }) => value !== 'seen')
      .map(({ key, value }) => ({ key, value: typeof value === 'string' ? undefined : value }));
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}
