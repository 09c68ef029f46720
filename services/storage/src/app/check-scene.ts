import type { JobId, TenantId, VaultId } from '@holdfast/kernel';

/** What a check has looked at so far; what it found is counted at its end, from the findings. */
export interface CheckCounts {
  /** Objects and bytes that the destinations have to hold. */
  objectsExpected: number;
  bytesExpected: number;
  objectsChecked: number;
  /** Bytes that were read and were right. */
  bytesRead: number;
  objectsUnknown: number;
  /** Objects that a destination would not give, although it answers. */
  objectsUnread: number;
  destinationsUnreached: number;
  /** Destinations that look as they did some time ago. */
  destinationsOld: number;
  /** Packs of which the index had other entries than they have themselves. */
  indexCorrected: number;
  /** Packs of which the index had other counts than it has entries. */
  packsCorrected: number;
  chunksOff: number;
  bytesOff: number;
  snapshotsAffected: number;
  /** States of items that need what no destination holds whole; of those, what the next backups read anew. */
  itemsAffected: number;
  itemsDue: number;
  /** Resources that the next backup reads as if for the first time. */
  resourcesDue: number;
  /** Of a sample: in how many days everything is to be read, and what that makes today's share, over all destinations. */
  sampleDays: number;
  objectsInShare: number;
  bytesInShare: number;
  daysUntilAllRead: number;
  /** What this check found, by what was wrong with it. */
  objectsMissing: number;
  objectsShort: number;
  objectsLong: number;
  objectsAltered: number;
  /** Those that hold good bytes again. */
  objectsMended: number;
  /** Those that do not, and those that no destination holds whole; of earlier checks too. */
  objectsOpen: number;
  objectsQuarantined: number;
}

export const noCounts = (): CheckCounts => ({
  objectsExpected: 0,
  bytesExpected: 0,
  objectsChecked: 0,
  bytesRead: 0,
  objectsUnknown: 0,
  objectsUnread: 0,
  destinationsUnreached: 0,
  destinationsOld: 0,
  indexCorrected: 0,
  packsCorrected: 0,
  chunksOff: 0,
  bytesOff: 0,
  snapshotsAffected: 0,
  itemsAffected: 0,
  itemsDue: 0,
  resourcesDue: 0,
  sampleDays: 0,
  objectsInShare: 0,
  bytesInShare: 0,
  daysUntilAllRead: 0,
  objectsMissing: 0,
  objectsShort: 0,
  objectsLong: 0,
  objectsAltered: 0,
  objectsMended: 0,
  objectsOpen: 0,
  objectsQuarantined: 0,
});

/** One check of one vault. */
export interface CheckScene {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly jobId: JobId;
  readonly counts: CheckCounts;
  readonly signal: AbortSignal;
}
