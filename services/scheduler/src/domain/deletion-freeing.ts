import { isWell } from './deletion.js';
import { isEnded, type JobState } from './job-outcome.js';

/** A space freeing that was started because a deletion had removed something. */
export interface DeletionFreeing {
  readonly state: JobState;
  /** Milliseconds since the epoch. */
  readonly finishedAtMs?: number;
  /** Snapshots that were let go and that it left, since somebody had opened them lately or a task builds on them. */
  readonly snapshotsInUse: number;
  /** Packs that it left with bytes of what was removed, or what may be. */
  readonly packsToErase: number;
}

/** Every freeing reads what the vault's snapshots list, so what stays for long is looked at less and less often, but once a week. */
const OF_THE_TIME_SINCE = 4;
const LONGEST_PAUSE_MS = 7 * 86_400_000;

/**
 * Whether packs that a freeing left may wait for newest snapshots that no backup follows: by then a daily backup has made a newer one, which
 * does not name them.
 */
export function isRenewalDue(
  { removedAtMs, freeing }: { readonly removedAtMs: number; readonly freeing?: DeletionFreeing },
  nowMs: number,
  renewAfterMs: number,
): boolean {
  return freeing !== undefined && freeing.packsToErase > 0 && nowMs - removedAtMs >= renewAfterMs;
}

export type FreeingTurn = 'start' | 'wait' | 'done';

/**
 * Whether space freeing is due for what a deletion removed at an instant. One that was stopped, failed, or left something is followed by another,
 * until one has taken everything: after `againMs`, later after a quarter of the time since the removal.
 */
export function freeingTurn(
  { removedAtMs, freeing }: { readonly removedAtMs: number; readonly freeing?: DeletionFreeing },
  nowMs: number,
  againMs: number,
): FreeingTurn {
  if (!freeing) return 'start';
  if (!isEnded(freeing.state)) return 'wait';
  if (isWell(freeing.state) && freeing.snapshotsInUse + freeing.packsToErase === 0) return 'done';
  const { finishedAtMs = removedAtMs } = freeing;
  const grown = Math.min((finishedAtMs - removedAtMs) / OF_THE_TIME_SINCE, LONGEST_PAUSE_MS);
  return nowMs - finishedAtMs >= Math.max(againMs, grown) ? 'start' : 'wait';
}
