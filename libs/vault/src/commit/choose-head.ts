import type { PackName, SnapshotId } from '@holdfast/kernel';

/** A snapshot object as a destination's listing and its header tell of it. */
export interface ListedSnapshot {
  readonly snapshot: SnapshotId;
  readonly generation: number;
  readonly number: number;
  readonly newPacks: readonly PackName[];
}

/**
 * The head of a chain when only a destination is left to ask. A higher generation wins over any number of a lower one. A snapshot
 * whose packs are not all there is passed over: a storage of before a rebuild may have put it after its packs were freed.
 */
export function chooseHead<Listed extends ListedSnapshot>(
  listed: readonly Listed[],
  hasPack: (pack: PackName) => boolean,
): Listed | undefined {
  return listed
    .filter(({ newPacks }) => newPacks.every(hasPack))
    .sort((a, b) => b.generation - a.generation || b.number - a.number)[0];
}
