import { IdSet, type ListedItem, type SnapshotBody, type SnapshotDraft, type TreeContext } from '@holdfast/vault';

/** Items looked up together. */
const PAGE = 256;

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
  async *untold(folder: string | undefined): AsyncGenerator<ListedItem> {
    let page: ListedItem[] = [];
    for await (const item of this.draft.listed(this.body, folder)) {
      if (page.push(item) < PAGE) continue;
      yield* await this.#without(page);
      page = [];
    }
    yield* await this.#without(page);
  }

  async #without(items: readonly ListedItem[]): Promise<ListedItem[]> {
    const told = await this.#told.holds(items.map(({ id }) => id));
    return items.filter(({ id }) => !told.has(id));
  }
}
