import type { ChunkId } from '@holdfast/kernel';
import { CborFields } from '../cbor/cbor-fields.js';
import { chunkIdBytes } from '../chunks/chunk-id.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { type DecodedCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { brokenObject } from '../broken-object.js';
import type { CborValue } from '../item-record.js';
import { KeyPacker, KeyUnpacker } from './key-packing.js';

const OBJECT = 'tree node';

/** An entry of a tree: keys compare as byte strings, values are what {@link putValue} made. */
export interface TreeEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A node as its parent knows it. */
export interface ChildRef {
  /** The last key in the subtree. */
  readonly key: Uint8Array;
  readonly id: ChunkId;
  /** Entries in the leaves of the subtree. */
  readonly entries: number;
}

/** A node of a tree, format version 1 (docs/format/v1.md#tree-node). Leaves are level 0. Never empty. */
export type TreeNode =
  | { readonly level: 0; readonly entries: readonly TreeEntry[] }
  | { readonly level: number; readonly children: readonly ChildRef[] };

export type Leaf = Extract<TreeNode, { entries: unknown }>;
export type InnerNode = Extract<TreeNode, { children: unknown }>;

export function isLeaf(node: TreeNode): node is Leaf {
  return 'entries' in node;
}

export function encodeNode(node: TreeNode): Uint8Array {
  const packer = new KeyPacker();
  const flat: CborValue[] = isLeaf(node)
    ? node.entries.flatMap(({ key, value }) => [...packer.pack(key), value])
    : node.children.flatMap(({ key, id, entries }) => [...packer.pack(key), chunkIdBytes(id), entries]);
  return encodeCbor(
    new Map<number, CborValue>([
      [1, node.level],
      [2, flat],
    ]),
  );
}

/** Reverses {@link encodeNode}; refuses nodes that are empty, unsorted or otherwise broken. */
export function decodeNode(bytes: Uint8Array): TreeNode {
  const fields = CborFields.decode(bytes, OBJECT);
  const level = fields.count(1, 'level');
  const flat = fields.list(2, 'entries');
  const width = level === 0 ? 3 : 4;
  if (flat.length === 0 || flat.length % width !== 0)
    throw brokenObject(OBJECT, `its entries are one or more groups of ${width}`);
  return level === 0 ? { level: 0, entries: readEntries(flat) } : { level, children: readChildren(flat) };
}

function readEntries(flat: readonly DecodedCbor[]): TreeEntry[] {
  const keys = new KeyUnpacker(OBJECT);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < flat.length; at += 3) {
    const key = keys.unpack(flat[at], flat[at + 1]);
    const value = flat[at + 2];
    if (!(value instanceof Uint8Array)) throw brokenObject(OBJECT, 'a value has to be a byte string');
    entries.push({ key, value });
  }
  return entries;
}

function readChildren(flat: readonly DecodedCbor[]): ChildRef[] {
  const keys = new KeyUnpacker(OBJECT);
  const children: ChildRef[] = [];
  for (let at = 0; at < flat.length; at += 4) {
    const key = keys.unpack(flat[at], flat[at + 1]);
    const entries = flat[at + 3];
    if (typeof entries !== 'number' || !Number.isSafeInteger(entries) || entries < 1)
      throw brokenObject(OBJECT, 'a count of entries has to be positive');
    children.push({ key, id: readChunkId(flat[at + 2], OBJECT), entries });
  }
  return children;
}
