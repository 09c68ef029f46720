import type { SnapshotId } from '@holdfast/kernel';

/** A snapshot object as a destination's listing and its header tell of it. */
export interface ListedSnapshot {
  readonly snapshot: SnapshotId;
  readonly generation: number;
  readonly number: number;
}

/**
 * The head of a chain when only a destination is left to ask. A higher generation wins over any number of a lower one: what a
 * storage of before the rebuild puts late is a dead end that nothing refers to.
 */
export function chooseHead<Listed extends ListedSnapshot>(listed: readonly Listed[]): Listed | undefined {
  return [...listed].sort((a, b) => b.generation - a.generation || b.number - a.number)[0];
}
