/** What was told of chunks, in no order: the head of an id, and the snapshot. Of a drop the snapshot is told as its complement (~). */
export interface SnapshotNeedsPart {
  readonly heads: BigUint64Array;
  readonly marks: Int32Array;
}

export interface SoleNeeders {
  /** Ascending, each once. */
  readonly heads: BigUint64Array;
  /** The one snapshot that needs the chunk; {@link SEVERAL} where more do. */
  readonly sole: Int32Array;
}

export const SEVERAL = -1;
const NOBODY = -2;

/**
 * Which chunks one snapshot alone needs. The snapshots of a chain that have a chunk lie in stretches; the first of a stretch was told to have come by
 * it, and the last to be left by it unless the chain ends there. So one snapshot alone has the chunk exactly where nothing was told of another, and it
 * is the last of its chain, or as much was dropped as had come.
 */
export function soleNeeders(
  { heads, marks }: SnapshotNeedsPart,
  isFollowed: (snapshot: number) => boolean,
): SoleNeeders {
  const ids = distinct(heads);
  const sole = new Int32Array(ids.length).fill(NOBODY);
  const held = new Int32Array(ids.length);
  for (const [event, mark] of marks.entries()) {
    const at = find(ids, heads[event] ?? 0n);
    const snapshot = mark < 0 ? ~mark : mark;
    held[at] = (held[at] ?? 0) + (mark < 0 ? -1 : 1);
    sole[at] = sole[at] === NOBODY || sole[at] === snapshot ? snapshot : SEVERAL;
  }
  for (const [at, snapshot] of sole.entries())
    if (snapshot !== SEVERAL && isFollowed(snapshot) && held[at] !== 0) sole[at] = SEVERAL;
  return { heads: ids, sole };
}

function distinct(heads: BigUint64Array): BigUint64Array {
  const sorted = heads.slice().sort();
  let count = 0;
  for (const head of sorted) if (count === 0 || sorted[count - 1] !== head) sorted[count++] = head;
  return sorted.subarray(0, count);
}

function find(ids: BigUint64Array, head: bigint): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0n) < head) low = middle + 1;
    else high = middle;
  }
  return low;
}
