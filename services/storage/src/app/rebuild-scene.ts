import type { Destination } from '@holdfast/destinations';
import { isAppError, type AppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { HeldTask } from '@holdfast/worker';
import type { VaultIndexKey } from './index-keys.port.js';

/** What a rebuild has done so far, and what it could not use. */
export interface RebuildCounts {
  /** Objects that were looked at. */
  objects: number;
  packs: number;
  chunks: number;
  snapshots: number;
  /** Objects of snapshots that were removed on request and not freed yet: they stay removed. */
  snapshotsRemoved: number;
  sets: number;
  jobs: number;
  packsDamaged: number;
  snapshotsDamaged: number;
  /** Genuine, but packs of theirs are nowhere. */
  snapshotsIncomplete: number;
  /** The header, key objects and generations. */
  keysDamaged: number;
  notesDamaged: number;
  /** Damaged objects of any kind that another destination holds whole: good copies take their places. */
  copiesToMend: number;
  /** Resources, and states of their items, of which kept snapshots need what is nowhere. */
  resourcesAffected: number;
  itemsAffected: number;
  /** Of these, what the next backups read anew: items, and resources as a whole. */
  itemsDue: number;
  resourcesDue: number;
  /** Sets that have snapshots and of which the vault does not say what they were. */
  setsWithoutDefinition: number;
}

export const emptyRebuild = (): RebuildCounts => ({
  objects: 0,
  packs: 0,
  chunks: 0,
  snapshots: 0,
  snapshotsRemoved: 0,
  sets: 0,
  jobs: 0,
  packsDamaged: 0,
  snapshotsDamaged: 0,
  snapshotsIncomplete: 0,
  keysDamaged: 0,
  notesDamaged: 0,
  copiesToMend: 0,
  resourcesAffected: 0,
  itemsAffected: 0,
  itemsDue: 0,
  resourcesDue: 0,
  setsWithoutDefinition: 0,
});

/** Whether anything of the vault could not be used, or is needed and nowhere. */
export function hasGaps(counts: RebuildCounts): boolean {
  const { packsDamaged, snapshotsDamaged, snapshotsIncomplete, keysDamaged, notesDamaged } = counts;
  const damaged = packsDamaged + snapshotsDamaged + keysDamaged + notesDamaged;
  return damaged + snapshotsIncomplete + counts.resourcesAffected + counts.setsWithoutDefinition > 0;
}

/** What a rebuild had from one destination, and no destination that was read before it. */
export interface TakenCounts {
  packsTaken: number;
  snapshotsTaken: number;
  setsTaken: number;
  jobsTaken: number;
}

export const nothingTaken = (): TakenCounts => ({ packsTaken: 0, snapshotsTaken: 0, setsTaken: 0, jobsTaken: 0 });

/** One destination of the vault that is rebuilt. */
export interface RebuildScene {
  readonly held: HeldTask;
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly id: DestinationId;
  readonly destination: Destination;
  readonly keys: VaultIndexKey;
  readonly counts: RebuildCounts;
  /** From this destination, by earlier attempts too. */
  readonly taken: TakenCounts;
  /** Objects of this destination that are damaged, or lie under the name of another one. */
  damaged: number;
  /** Keeps what was taken so far, for whoever goes on. */
  save(): Promise<void>;
}

/** Whether a failure says that an object is not what it should be, rather than that it could not be asked for. */
export const isDamage = (error: unknown): error is AppError =>
  isAppError(error, 'VAULT_OBJECT_INVALID') ||
  isAppError(error, 'VAULT_UNSUPPORTED') ||
  isAppError(error, 'CHUNK_CORRUPT') ||
  isAppError(error, 'OBJECT_NOT_FOUND') ||
  isAppError(error, 'INVALID_ARGUMENT');

/** Pages of a listing, so that the database is asked of many objects at once. */
export async function* pagesOf<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<readonly Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
