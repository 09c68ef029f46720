/** A snapshot as the transaction sees it with which a space freeing begins. Instants in milliseconds since the epoch. */
export interface SnapshotStanding {
  /** Retention let it go before the freeing began; nobody is shown it any more. */
  readonly isRetired: boolean;
  /** When somebody opened it to read from it last; undefined for never. */
  readonly readAt: number | undefined;
  /** A task that has not ended may build on it: on the newest of its chain a backup, on any of it one that makes snapshots anew. */
  readonly isParentOfOpenTask: boolean;
}

/**
 * Whether what only this snapshot needs may be freed. Once that was said it stays so: it is opened for nobody any more.
 */
export function mayLetGo(snapshot: SnapshotStanding, now: number, readersMs: number): boolean {
  if (!snapshot.isRetired || snapshot.isParentOfOpenTask) return false;
  return snapshot.readAt === undefined || now - snapshot.readAt >= readersMs;
}

/** A chain when a freeing has begun and asked which tasks are open. */
export interface ChainStanding {
  /** The highest epoch that storage has seen of it. */
  readonly epoch: number;
  /** The highest of all the vault's chains when the freeing began, before it asked. */
  readonly highestAtBegin: number;
  readonly isEpochOfOpenTask: boolean;
}

/**
 * The epoch that a chain has from then on. Whoever had come by the beginning and has no open task is fenced: a late holder, asleep since
 * its task ended, builds on nothing that the freeing takes away. A later lease always has a higher epoch, since the freeing's own lease
 * has taken one.
 */
export function epochAfterBegin({ epoch, highestAtBegin, isEpochOfOpenTask }: ChainStanding): number {
  return epoch <= highestAtBegin && !isEpochOfOpenTask ? epoch + 1 : epoch;
}

/** What the condemning transaction sees, alone with the vault: no commit, look-up or registration runs beside it. */
export interface CondemningView {
  /** Snapshots were stored since marking looked last. */
  readonly hasUnmarked: boolean;
  readonly isLive: boolean;
  /** A task that has not ended is told that the vault has what lies in the pack. */
  readonly isPinned: boolean;
  /** A snapshot that was stored since marking needs something of it. */
  readonly isNeededSince: boolean;
}

export type CondemningDecision = 'condemn' | 'leave' | 'mark-first';

/** Decides on a pack that nothing was found to need. */
export function decideCondemning(view: CondemningView): CondemningDecision {
  if (view.hasUnmarked) return 'mark-first';
  return view.isLive && !view.isPinned && !view.isNeededSince ? 'condemn' : 'leave';
}

/** What is known when the object of a condemned pack, or of a snapshot that was let go, is to be deleted at one destination. */
export interface DeletionView {
  /** The time for readers that hold an old place is over. */
  readonly hasRested: boolean;
  /** The destination lacks a copy of something that was stored before the pack was condemned: the newest snapshot's packs, or what was repacked. */
  readonly isBehind: boolean;
  /**
   * A snapshot still lies at the destination that was let go before the pack was condemned: whoever recovers from there would take it for
   * whole. One that was let go later was kept as the pack was found to be needed by nothing, and needs it as little.
   */
  readonly hasSnapshotFirst: boolean;
}

/** Whether an object may be deleted at one destination. */
export function mayDelete({ hasRested, isBehind, hasSnapshotFirst }: DeletionView): boolean {
  return hasRested && !isBehind && !hasSnapshotFirst;
}
