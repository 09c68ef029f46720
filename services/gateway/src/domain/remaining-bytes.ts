/** What the newest space freeing of a vault said, and what still waits to be deleted. Bytes are sealed ones. */
export interface FreedSoFar {
  /** Start of the freeing's job, in milliseconds since the epoch; undefined before the first. */
  readonly startedAtMs: number | undefined;
  readonly dryRun: boolean;
  readonly shares: readonly { readonly verdict: string; readonly bytes: number; readonly neededBytes: number }[];
  readonly waitingObjects: number;
  readonly waitingBytes: number;
  readonly lockedBytes: number;
  /** In milliseconds since the epoch; 0 where nothing is locked. */
  readonly lockedUntilMs: number;
}

export interface RemainingBytes {
  readonly standing: 'not-freed' | 'waiting' | 'freed';
  readonly explanation: string;
  readonly waitingBytes: number;
  readonly lockedBytes: number;
  readonly lockedUntilMs?: number;
  readonly unneededBytes: number;
}

const EXPLANATIONS = {
  'not-freed': 'No space freeing has begun since. All sealed bytes remain until one has freed them.',
  waiting:
    'A space freeing has run since. What it freed waits to be deleted: for readers, for a destination that is behind or does not answer, or for an object lock to end.',
  freed:
    'A space freeing has run since, and what it freed is deleted. Sealed bytes may remain in packs that hold what others need, and of what somebody was reading or a task was using as it ran; later freeings take them.',
} as const;

/** How far sealed bytes of what was removed then have gone from the destinations. Never says that none is left: packs hold bytes of many. */
export function bytesThatRemain(freed: FreedSoFar, removedAtMs: number): RemainingBytes {
  const { startedAtMs, dryRun, shares, waitingObjects, waitingBytes, lockedBytes, lockedUntilMs } = freed;
  const kept = shares.filter(({ verdict }) => verdict === 'keep');
  const unneededBytes = kept.reduce((sum, { bytes, neededBytes }) => sum + bytes - neededBytes, 0);
  const hasRun = startedAtMs !== undefined && startedAtMs > removedAtMs && !dryRun;
  const isWaiting = waitingObjects > 0;
  const standing = hasRun ? (isWaiting ? 'waiting' : 'freed') : 'not-freed';
  const isLocked = lockedUntilMs > 0;
  const until = isLocked
    ? ` Destinations keep ${lockedBytes} bytes of what waits locked, the last of them until ${new Date(lockedUntilMs).toISOString()}.`
    : '';
  return {
    standing,
    explanation: EXPLANATIONS[standing] + until,
    waitingBytes,
    lockedBytes,
    ...(isLocked && { lockedUntilMs }),
    unneededBytes,
  };
}
