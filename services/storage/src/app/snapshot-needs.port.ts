import type { ChunkId } from '@holdfast/kernel';
import type { SnapshotNeedsPart } from '../domain/sole-needers.js';

/** Which snapshots chunks were told of, each by its place in the order of a marking, kept outside of memory. */
export abstract class SnapshotNeeds {
  /** The snapshot has the chunk in a place where the one before it in its chain did not. */
  abstract add(chunk: ChunkId, snapshot: number): void;
  /** The one after it in its chain has not the chunk in a place where this one has. */
  abstract drop(chunk: ChunkId, snapshot: number): void;
  /** All that was told, the ids ascending from part to part. A part takes some MiB, whatever the vault's size. */
  abstract parts(): AsyncIterable<SnapshotNeedsPart>;
  abstract close(): Promise<void>;
}
