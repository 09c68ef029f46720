import {
  IdSet,
  itemsWithout,
  type ListedItem,
  type SnapshotBody,
  type SnapshotDraft,
  type TreeContext,
} from '@holdfast/vault';

/**
 * A fresh listing within a task that told of items before: what it does not tell again is unlisted, also what this very task took in.
 * Memory does not grow with the listing.
 */
export class Relisting {
  readonly #told: IdSet;

  /** `body`: trees made of the draft before the listing begins. */
  constructor(
    context: TreeContext,
    private readonly draft: SnapshotDraft,
    private readonly body: SnapshotBody,
  ) {
    this.#told = new IdSet(context);
  }

  async tells(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#told.add(id);
  }

  /** Items in the folder, or in all, that the listing has not told of. */
  untold(folder: string | undefined): AsyncGenerator<ListedItem> {
    return itemsWithout(this.draft.listed(this.body, folder), (ids) => this.#told.holds(ids));
  }
}
