/** What a destination lacks beside what it holds, in the order in which the vault got it. Objects. */
export interface LostByAge {
  readonly lost: number;
  readonly lostSnapshots: number;
  /** Held, and older than the first that it lacks. */
  readonly olderHeld: number;
  /** Held, and younger than the first that it lacks. */
  readonly youngerHeld: number;
}

/**
 * Whether a destination looks as it did some time ago: it lacks all that came after an instant, a snapshot at least, and nothing that came
 * before. Somebody put an old state back, or the disk of another day is mounted.
 */
export function isOldState({ lost, lostSnapshots, olderHeld, youngerHeld }: LostByAge): boolean {
  return lost > 1 && lostSnapshots > 0 && olderHeld > 0 && youngerHeld === 0;
}
