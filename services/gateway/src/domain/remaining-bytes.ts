import { type Waiting, waitingInWords } from './waiting-in-words.js';

/** How it stands with the sealed bytes of a vault. */
export interface FreedSoFar {
  /** What a deletion removed may still lie in packs. */
  readonly isErasing: boolean;
  /** What the newest space freeing said. */
  readonly shares: readonly { readonly verdict: string; readonly bytes: number; readonly neededBytes: number }[];
  /** What still waits to be deleted at a destination. */
  readonly waiting: readonly Waiting[];
  readonly waitingBytes: number;
  readonly lockedBytes: number;
  /** In milliseconds since the epoch; 0 where nothing is locked. */
  readonly lockedUntilMs: number;
}

/** What the newest space freeing that followed a deletion left. */
export interface LeftByFreeing {
  /** None has ended since. */
  readonly hasEnded: boolean;
  readonly snapshotsInUse: number;
  readonly packsToErase: number;
}

export interface RemainingBytes {
  readonly standing: 'not-freed' | 'waiting' | 'freed';
  readonly explanation: string;
  readonly waitingBytes: number;
  readonly lockedBytes: number;
  readonly lockedUntilMs?: number;
  readonly unneededBytes: number;
}

const NOT_FREED = 'No space freeing has ended since. All sealed bytes remain until one has; it starts by itself.';
const LEFT = 'A space freeing has ended since and could not take all; another follows by itself.';
const WAITING = 'All is freed, and waits to be deleted.';
const FREED =
  'Deleted at every destination is every sealed byte that only what was removed needed. What other resources or sets hold too stays with them.';

/** How far sealed bytes of what a deletion removed have gone from the destinations. */
export function bytesThatRemain(freed: FreedSoFar, left: LeftByFreeing): RemainingBytes {
  const { shares, waitingBytes, lockedBytes, lockedUntilMs } = freed;
  const kept = shares.filter(({ verdict }) => verdict === 'keep');
  const isLocked = lockedUntilMs > 0;
  const until = isLocked
    ? ` Destinations keep ${lockedBytes} bytes of what waits locked, or behind snapshots that are, the last of them until ${new Date(lockedUntilMs).toISOString()}.`
    : '';
  const [standing, explanation] = standingOf(freed, left);
  return {
    standing,
    explanation: explanation + until,
    waitingBytes,
    lockedBytes,
    ...(isLocked && { lockedUntilMs }),
    unneededBytes: kept.reduce((sum, { bytes, neededBytes }) => sum + bytes - neededBytes, 0),
  };
}

function standingOf({ isErasing, waiting }: FreedSoFar, left: LeftByFreeing): [RemainingBytes['standing'], string] {
  if (!isErasing) return waiting.length > 0 ? ['waiting', WAITING + waitingInWords(waiting)] : ['freed', FREED];
  return left.hasEnded ? ['waiting', LEFT + leftInWords(left)] : ['not-freed', NOT_FREED];
}

function leftInWords({ snapshotsInUse, packsToErase }: LeftByFreeing): string {
  const snapshots = ` Snapshots that somebody had opened lately or a task builds on were left (${snapshotsInUse}).`;
  const packs = ` Packs were left that hold other bytes too (${packsToErase}): since a task ran, since the newest snapshot of a resource is known to be whole by them, until its next backup or until it is made anew by itself (RENEW_AFTER), since they are damaged, or since the destination that alone has them did not answer.`;
  return (snapshotsInUse > 0 ? snapshots : '') + (packsToErase > 0 ? packs : '');
}
