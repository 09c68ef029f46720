import type { BackupSetId, JobId } from '@holdfast/kernel';

export interface FoundSet {
  readonly backupSetId: BackupSetId;
  readonly version: number;
  /** As its note in the vault has it. */
  readonly definition: object;
}

export interface FoundJob {
  readonly jobId: JobId;
  /** One part of it, as its note in the vault has it. */
  readonly history: object;
}

/** Gives scheduler back what it lost, under the grant of a rebuild task. May be repeated. */
export abstract class HistoryKeeper {
  /** Answers how many were not known there. */
  abstract takeBackSets(grant: string, sets: readonly FoundSet[]): Promise<number>;
  abstract takeBackJobs(grant: string, jobs: readonly FoundJob[]): Promise<void>;
}
