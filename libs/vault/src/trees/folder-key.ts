import { brokenObject } from '../broken-object.js';
import type { ItemRecord } from '../item-record.js';
import { textKey, textOfKey } from './text-key.js';

/** An entry's place in the `folders` tree: the folder, then the order of a listing, then the item (docs/format/v1.md#folders-tree). */
export interface FolderKey {
  /** Empty for a resource's top. */
  readonly parentId: string;
  /** Orders a folder's entries; from {@link sortKeyOf}. */
  readonly sortKey: Uint8Array;
  readonly itemId: string;
}

/** First byte of a sort key: folders come before files, messages after both. */
const FOLDER = 1;
const NAMED = 2;
const TIMED = 3;

/** Bytes of a name that count for the order; what is equal so far is ordered by item id. */
const NAME_BYTES = 96;

/** Latest first, as unsigned integers: 2^62 − milliseconds. */
const LATEST = 1n << 62n;

/** Messages by time, latest first; all else by name, folders first. Names are ordered by UTF-8 bytes with A–Z taken as a–z. */
export function sortKeyOf(record: ItemRecord): Uint8Array {
  switch (record.kind) {
    case 'message':
      return timed(record.sortAt ?? record.modifiedAt ?? 0);
    case 'mail-folder':
    case 'drive-root':
    case 'drive-folder':
      return named(FOLDER, record.name);
    case 'search-folder':
    case 'file':
    case 'package':
    case 'shortcut':
      return named(NAMED, record.name);
  }
}

function timed(at: number): Uint8Array {
  const key = Buffer.alloc(9, TIMED);
  key.writeBigUInt64BE(LATEST - BigInt(Math.trunc(at)), 1);
  return key;
}

function named(order: number, name: string): Uint8Array {
  const bytes = Buffer.from(name).subarray(0, NAME_BYTES);
  const folded = bytes.map((byte) => (byte === 0 ? 1 : byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
  return Buffer.concat([Buffer.of(order), folded, Buffer.of(0)]);
}

/** All keys of a folder begin so, and no other key does. */
export function folderPrefix(parentId: string): Uint8Array {
  return textKey(`${parentId}\0`);
}

/** All keys of the messages in a folder begin so, and those of its subfolders do not. */
export function messagesPrefix(parentId: string): Uint8Array {
  return Buffer.concat([folderPrefix(parentId), Buffer.of(TIMED)]);
}

/** All keys of the subfolders of a folder begin so, and those of nothing else in it do. */
export function subfoldersPrefix(parentId: string): Uint8Array {
  return Buffer.concat([folderPrefix(parentId), Buffer.of(FOLDER)]);
}

export function encodeFolderKey({ parentId, sortKey, itemId }: FolderKey): Uint8Array {
  return Buffer.concat([folderPrefix(parentId), sortKey, textKey(itemId)]);
}

/** Reverses {@link encodeFolderKey}. */
export function decodeFolderKey(bytes: Uint8Array): FolderKey {
  const start = bytes.indexOf(0) + 1;
  const order = start > 0 ? bytes[start] : undefined;
  const end = order === TIMED ? start + 9 : bytes.indexOf(0, start) + 1;
  if (order === undefined || order < FOLDER || order > TIMED || end <= start || end >= bytes.length)
    throw brokenObject('folders entry', 'its key is folder, 0, sort key, item id');
  return {
    parentId: textOfKey(bytes.subarray(0, start - 1)),
    sortKey: bytes.slice(start, end),
    itemId: textOfKey(bytes.subarray(end)),
  };
}
