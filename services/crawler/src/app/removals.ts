/**
 * Change tracking's word that an item is gone, or the folders it left: all of a move and a deletion in one run. Of one that the same
 * task was told of before, a listing that lacks it proves nothing by itself.
 */
export type Removal = 'proven' | 'unlisted' | ReadonlySet<string>;

/** Why an item counts as vanished, as the log of its task tells it. */
export interface Proof {
  readonly code: string;
  readonly reason: string;
}

/** What may prove that an item is gone (docs/decisions/0002-what-proves-that-an-item-is-gone.md). */
export const PROOFS = {
  /** A removal and an answer that says so; neither of them alone. */
  removed: { code: 'REMOVED', reason: 'Change tracking told of its removal, and asked for by its id it is not there.' },
  folderless: { code: 'NO_FOLDER', reason: 'Asked for by their ids, neither it nor its folder is there.' },
  unlisted: { code: 'NOT_LISTED', reason: 'A whole new listing lacks it, or its folder is gone.' },
} as const satisfies Record<string, Proof>;

/** Items that were removed somewhere and have not turned up anywhere since. */
export class Removals {
  readonly #byId = new Map<string, Removal>();

  get size(): number {
    return this.#byId.size;
  }

  /** Notes that an item left a folder, or, without one, that it is gone for certain. */
  note(id: string, fromParentId: string | undefined): void {
    const left = this.#byId.get(id);
    if (fromParentId === undefined || left === 'proven') this.#byId.set(id, 'proven');
    else this.#byId.set(id, new Set(left === 'unlisted' ? [] : left).add(fromParentId));
  }

  /** Notes that a listing lacks an item that the task was told of before. */
  noteUnlisted(id: string): void {
    if (this.#byId.get(id) !== 'proven') this.#byId.set(id, 'unlisted');
  }

  /** The item turned up. */
  retract(id: string): void {
    this.#byId.delete(id);
  }

  /** All that wait, which then wait no more. */
  takeAll(): [string, Removal][] {
    const all = [...this.#byId];
    this.#byId.clear();
    return all;
  }
}

/** Whether a removal can concern an item last known below `parentId`: one that left other folders is known elsewhere already. */
export function concerns(removal: Removal, parentId: string | undefined): boolean {
  return typeof removal === 'string' || removal.has(parentId ?? '');
}
