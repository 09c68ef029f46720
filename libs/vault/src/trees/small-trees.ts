import { CborFields } from '../cbor/cbor-fields.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import type { CborValue, ItemKind } from '../item-record.js';
import { readItemKind } from '../records/item-record-codec.js';
import { CodedTree, type TreeCodec } from './coded-tree.js';
import type { TreeContext } from './merkle-tree.js';
import { textKey, textOfKey } from './text-key.js';

/** Delta links have up to about 1 KiB; of one checkpoint to the next mostly one changes. */
const cursorsCodec: TreeCodec<string, string> = {
  object: 'cursor',
  shape: { leafFanout: 8, innerFanout: 32 },
  encodeKey: textKey,
  decodeKey: textOfKey,
  encodeValue: (token) => encodeCbor(new Map([[1, token]])),
  decodeValue: (bytes) => CborFields.decode(bytes, 'cursor').text(1, 'token'),
};

/** A reader's place in the source's change tracking: scope → token (docs/format/v1.md#cursors). */
export type CursorsTree = CodedTree<string, string>;

export function cursorsTree(context: TreeContext): CursorsTree {
  return new CodedTree(context, cursorsCodec);
}

/** An item that failed and that the next run reads first. */
export interface OwedItem {
  readonly kind: ItemKind;
  readonly parentId?: string;
  /** The code of the failure. */
  readonly code: string;
  /** Runs that have failed on it. */
  readonly attempts: number;
  /** Milliseconds since the epoch: the first of them. */
  readonly since: number;
}

const owedCodec: TreeCodec<string, OwedItem> = {
  object: 'owed item',
  shape: { leafFanout: 48, innerFanout: 64 },
  encodeKey: textKey,
  decodeKey: textOfKey,
  encodeValue: ({ kind, parentId, code, attempts, since }) =>
    encodeCbor(
      new Map<number, CborValue>([
        [1, kind],
        ...(parentId === undefined ? [] : ([[2, parentId]] as const)),
        [3, code],
        [4, attempts],
        [5, since],
      ]),
    ),
  decodeValue: (bytes) => {
    const fields = CborFields.decode(bytes, 'owed item');
    const parentId = fields.optionalText(2, 'parentId');
    return {
      kind: readItemKind(fields.text(1, 'kind')),
      ...(parentId !== undefined && { parentId }),
      code: fields.text(3, 'code'),
      attempts: fields.count(4, 'attempts'),
      since: fields.integer(5, 'since'),
    };
  },
};

/** Item id → what is owed (docs/format/v1.md#owed-items). */
export type OwedTree = CodedTree<string, OwedItem>;

export function owedTree(context: TreeContext): OwedTree {
  return new CodedTree(context, owedCodec);
}
