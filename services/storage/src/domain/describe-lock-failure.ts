/** A destination of a vault at which locks cannot be extended. Instants in milliseconds since the epoch. */
export interface FailingLocks {
  readonly destinationId: string;
  readonly since: number;
  /** A sentence. */
  readonly reason: string;
  /** The first end of a lock that was due to be extended; undefined where none is known. */
  readonly lockedUntil: number | undefined;
}

/**
 * What it means that locks are not extended, and what to do, for whoever looks after the vault. The same words as long as nothing but
 * time goes by, so that they are told once.
 */
export function describeLockFailure({ destinationId, since, reason, lockedUntil }: FailingLocks, now: number): string {
  return [
    `Since ${instant(since)} locks of what is needed could not be extended at destination ${destinationId}: ${reason}`,
    meaningOf(lockedUntil, now),
    `Run \`holdfast destination test ${destinationId}\` and mend what it names; the locks are then extended by themselves within minutes.`,
  ].join(' ');
}

function meaningOf(lockedUntil: number | undefined, now: number): string {
  if (lockedUntil === undefined)
    return 'What lies there stays locked for the days that it was written with; after that, whoever has the access key can delete or overwrite it.';
  if (lockedUntil > now)
    return `All of it whose lock was seen stays locked until ${instant(lockedUntil)}; after that, whoever has the access key can delete or overwrite the first of it.`;
  return `The first of these locks has ended, at ${instant(lockedUntil)}: whoever has the access key can delete or overwrite what they held.`;
}

const instant = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
