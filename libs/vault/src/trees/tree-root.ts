import type { ChunkId } from '@holdfast/kernel';
import { chunkIdBytes } from '../chunks/chunk-id.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { type DecodedCbor } from '../cbor/decode-cbor.js';
import { brokenObject } from '../broken-object.js';
import type { CborValue } from '../item-record.js';

/** A whole tree, by its topmost node. A tree without entries is `undefined`. Equal ids mean equal entries. */
export interface TreeRoot {
  readonly id: ChunkId;
  /** 0 where the tree is a single leaf. */
  readonly level: number;
  readonly entries: number;
}

/** `[id, level, entries]`, or null for the empty tree (docs/format/v1.md#tree-root). */
export function treeRootToCbor(root: TreeRoot | undefined): CborValue {
  return root ? [chunkIdBytes(root.id), root.level, root.entries] : null;
}

/** Reverses {@link treeRootToCbor}; `object` names the holder in a refusal. */
export function treeRootFromCbor(value: DecodedCbor | undefined, object: string): TreeRoot | undefined {
  if (value === null) return undefined;
  const [id, level, entries] = Array.isArray(value) ? (value as readonly DecodedCbor[]) : [];
  if (typeof level !== 'number' || typeof entries !== 'number' || level < 0 || entries < 1)
    throw brokenObject(object, 'a tree root has to be null or [id, level, entries]');
  return { id: readChunkId(id, object), level, entries };
}
