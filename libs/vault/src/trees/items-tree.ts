import type { ItemRecord } from '../item-record.js';
import { decodeItemRecord, encodeItemRecord } from '../records/item-record-codec.js';
import { CodedTree, type TreeCodec } from './coded-tree.js';
import type { TreeContext } from './merkle-tree.js';
import { textKey, textOfKey } from './text-key.js';

/** Records have about 400 (files) to 900 (mail) bytes with their key: leaves of about 8 KiB. */
const codec: TreeCodec<string, ItemRecord> = {
  object: 'item record',
  shape: { leafFanout: 12, innerFanout: 64 },
  encodeKey: textKey,
  decodeKey: textOfKey,
  encodeValue: encodeItemRecord,
  decodeValue: decodeItemRecord,
};

/** A snapshot's `items` tree: item id → record (docs/format/v1.md#items-tree). */
export type ItemsTree = CodedTree<string, ItemRecord>;

export function itemsTree(context: TreeContext): ItemsTree {
  return new CodedTree(context, codec);
}
