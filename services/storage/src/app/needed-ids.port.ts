import type { ChunkId } from '@holdfast/kernel';
import type { SnapshotNeeds } from './snapshot-needs.port.js';

/** The first eight bytes of a chunk id as a big-endian number. Where two ids begin alike, one that nothing needs may stay: no more. */
export type IdHead = bigint;

/** Parts into which ids fall by their first byte. */
export const ID_PARTS = 256;

/** The ids of all chunks that a vault's snapshots need, told once or many times, kept outside of memory. */
export abstract class NeededIds {
  abstract add(chunk: ChunkId): void;
  /** The heads of the ids that begin with this byte, ascending. */
  abstract part(firstByte: number): Promise<BigUint64Array>;
  abstract close(): Promise<void>;
}

/** Makes room for the ids of one marking. */
export abstract class NeededIdsRoom {
  abstract open(): Promise<NeededIds>;
  /** The same, where it is told which snapshots need them. */
  abstract openForSnapshots(): Promise<SnapshotNeeds>;
}
