/** One folder as the service and the snapshot count it. */
export interface FolderCounts {
  readonly parentId: string;
  /** Items as the service counted them before and after the run. */
  readonly sourceBefore: number;
  readonly sourceAfter: number;
  /** Items that the snapshot lists in the folder, left-out ones included. */
  readonly listed: number;
  /** Owed items of the folder that the snapshot does not list. */
  readonly owed: number;
}

export type FolderBalance =
  | { readonly parentId: string; readonly is: 'balanced' }
  /** The service's own count moved while the run went on; following delta until it is quiet explains it. */
  | { readonly parentId: string; readonly is: 'moving'; readonly difference: number }
  /** More at the source (positive) or in the snapshot (negative) than anything explains. */
  | { readonly parentId: string; readonly is: 'unexplained'; readonly difference: number };

/** Holds a folder's counts against each other: a difference is explained or named, never dropped. */
export function balanceFolder({ parentId, sourceBefore, sourceAfter, listed, owed }: FolderCounts): FolderBalance {
  const difference = sourceAfter - listed - owed;
  if (difference === 0) return { parentId, is: 'balanced' };
  const isWithinMovement = sourceBefore !== sourceAfter;
  return { parentId, is: isWithinMovement ? 'moving' : 'unexplained', difference };
}
