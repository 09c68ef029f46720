import { AppError } from '@holdfast/kernel';
import { folderPrefix, foldersTree, type ItemsToDelete, type SnapshotBody, type TreeContext } from '@holdfast/vault';
import { DELETION_CAUSES } from '@holdfast/workloads';

/** Items of one deletion, all of which are in memory: some hundred bytes each. */
const MOST_ITEMS = 250_000;

/**
 * Items that a deletion takes from a snapshot: those that it names, what lies below a folder of these in the snapshot, and what lies below
 * in the newest, wherever it lay before.
 */
export class DeletionSelection {
  #always: ReadonlySet<string>;

  constructor(
    private readonly context: TreeContext,
    private readonly named: readonly string[],
  ) {
    this.#always = new Set(named);
  }

  /** Told once, of the newest snapshot, before {@link of}. */
  async widen(newest: SnapshotBody): Promise<void> {
    this.#always = await this.#below(newest);
  }

  async of(body: SnapshotBody): Promise<ItemsToDelete> {
    return { itemIds: await this.#below(body), cause: DELETION_CAUSES.deleted.code };
  }

  async #below(body: SnapshotBody): Promise<ReadonlySet<string>> {
    const ids = new Set(this.#always);
    const folders = [...this.named];
    const seen = new Set(folders);
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
      for await (const [{ itemId }, { kind }] of foldersTree(this.context).scan(body.folders, {
        prefix: folderPrefix(folder),
      })) {
        if (ids.add(itemId).size > MOST_ITEMS) throw tooMany();
        if (!HOLDS_NOTHING.has(kind) && !seen.has(itemId)) folders.push(itemId);
        seen.add(itemId);
      }
    return ids;
  }
}

const HOLDS_NOTHING: ReadonlySet<string> = new Set(['message', 'file', 'shortcut', 'search-folder']);

function tooMany(): AppError {
  return new AppError(
    'INVALID_ARGUMENT',
    `The folders hold more than ${MOST_ITEMS} items. Delete them in several requests, or the whole resource.`,
    { context: { field: 'itemIds', rule: `at most ${MOST_ITEMS} with everything below` } },
  );
}
