import { deletedItem } from '@holdfast/vault';
import { DELETION_CAUSES, type SkipCause } from '@holdfast/workloads';
import type { ItemChange, Known } from './item-change.js';

/**
 * Keeps out of a snapshot what was deleted on request: what the requests name, what lies in a folder of theirs, and for good whatever
 * the snapshot before has as deleted, wherever it lies by now.
 */
export class Exclusions {
  constructor(private readonly named: ReadonlySet<string>) {}

  /** Whose records {@link apply} has to know: with an item its folder, where any folder may be kept out. */
  idsToKnow(changes: readonly ItemChange[]): readonly string[] {
    const ids = changes.map(({ id }) => id);
    if (this.named.size === 0) return ids;
    return [...new Set([...ids, ...changes.flatMap(({ record }) => record.parentId ?? [])])];
  }

  /** The changes in their order; those that are kept out say of the item no more than its kind and folder. */
  apply(changes: readonly ItemChange[], known: (id: string) => Known): readonly ItemChange[] {
    const told = new Map<string, SkipCause | undefined>();
    return changes.map((change) => {
      const cause = this.#causeOf(change, known, told);
      told.set(change.id, cause);
      return cause ? keptOut(change, cause) : change;
    });
  }

  #causeOf(
    { id, record }: ItemChange,
    known: (id: string) => Known,
    told: ReadonlyMap<string, SkipCause | undefined>,
  ): SkipCause | undefined {
    // The top of a drive is no content.
    if (record.kind === 'drive-root') return undefined;
    if (this.named.has(id) || isDeleted(known(id))) return DELETION_CAUSES.deleted;
    const { parentId } = record;
    if (parentId === undefined || this.named.size === 0) return undefined;
    const isBelow = this.named.has(parentId) || (told.has(parentId) ? told.get(parentId) : isKeptOut(known(parentId)));
    return isBelow ? DELETION_CAUSES.below : undefined;
  }
}

const isDeleted = ({ stored }: Known) => stored?.leftOut?.cause === DELETION_CAUSES.deleted.code;

const isKeptOut = (known: Known) => isDeleted(known) || known.stored?.leftOut?.cause === DELETION_CAUSES.below.code;

function keptOut({ id, record }: ItemChange, cause: SkipCause): ItemChange {
  const { leftOut: _, ...bare } = deletedItem(record, cause.code);
  return { type: 'skipped', id, record: bare, cause };
}
