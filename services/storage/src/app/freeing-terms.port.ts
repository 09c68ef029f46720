import type { BackupSetId, ResourceId, TaskId } from '@holdfast/kernel';

/** A task of a backup or a rewriting that has not ended. */
export interface OpenTask {
  readonly taskId: TaskId;
  readonly backupSetId: BackupSetId;
  readonly resourceId: ResourceId;
  /** Of its newest lease; 0 where it never was leased. */
  readonly epoch: number;
  /** Milliseconds since it was leased first; undefined where it never was. */
  readonly begunBeforeMs: number | undefined;
  /** Opaque; empty where there is none. */
  readonly checkpoint: Uint8Array;
  /** It makes snapshots of its chain anew, and may build on any of them. */
  readonly rewrites: boolean;
}

/** Asks scheduler under the grant of a freeing task. */
export abstract class FreeingTermsSource {
  abstract isDryRun(grant: string): Promise<boolean>;
  /** Page by page: those that build on the grant's vault. */
  abstract openTasks(grant: string): AsyncIterable<readonly OpenTask[]>;
}
