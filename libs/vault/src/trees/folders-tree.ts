import { CborFields } from '../cbor/cbor-fields.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { plainMap } from '../cbor/open-map.js';
import type { CborValue, ItemKind, ItemRecord } from '../item-record.js';
import { readItemKind } from '../records/item-record-codec.js';
import { CodedTree, type TreeCodec } from './coded-tree.js';
import { decodeFolderKey, encodeFolderKey, type FolderKey, sortKeyOf } from './folder-key.js';
import type { TreeContext } from './merkle-tree.js';

/** What a listing shows of an item, without reading its record (docs/format/v1.md#folders-tree). */
export interface ListingEntry {
  readonly kind: ItemKind;
  readonly name: string;
  /** Bytes of the content as the source counts them. */
  readonly bytes: number;
  /** Milliseconds since the epoch: received time of a message, else the modification. */
  readonly sortAt?: number;
  /** True where the content is not in the vault; the record says why. */
  readonly isLeftOut: boolean;
  /** Those of the record's properties that a listing of its kind shows: {@link LISTED_PROPERTIES}. */
  readonly properties: { readonly [key: string]: CborValue };
}

/** The properties that a listing repeats, by kind. Part of the format, so that the same items always list alike. */
export const LISTED_PROPERTIES: Readonly<Partial<Record<ItemKind, readonly string[]>>> = {
  message: ['from', 'isRead', 'hasAttachments'],
};

/** The entry under which a record is listed. */
export function listingOf(itemId: string, record: ItemRecord): readonly [FolderKey, ListingEntry] {
  const names = LISTED_PROPERTIES[record.kind] ?? [];
  const properties = Object.entries(record.properties).filter(([name]) => names.includes(name));
  const sortAt = record.sortAt ?? record.modifiedAt;
  return [
    { parentId: record.parentId ?? '', sortKey: sortKeyOf(record), itemId },
    {
      kind: record.kind,
      name: record.name,
      bytes: record.bytes,
      ...(sortAt !== undefined && { sortAt }),
      isLeftOut: record.leftOut !== undefined,
      properties: Object.fromEntries(properties),
    },
  ];
}

function encodeListing(entry: ListingEntry): Uint8Array {
  const map = new Map<number, CborValue>([
    [1, entry.kind],
    [2, entry.name],
    [3, entry.bytes],
    [5, entry.isLeftOut],
    [6, entry.properties],
  ]);
  if (entry.sortAt !== undefined) map.set(4, entry.sortAt);
  return encodeCbor(map);
}

function decodeListing(bytes: Uint8Array): ListingEntry {
  const fields = CborFields.decode(bytes, 'folders entry');
  const sortAt = fields.optionalInteger(4, 'sortAt');
  return {
    kind: readItemKind(fields.text(1, 'kind')),
    name: fields.text(2, 'name'),
    bytes: fields.count(3, 'bytes'),
    ...(sortAt !== undefined && { sortAt }),
    isLeftOut: fields.flag(5, 'isLeftOut'),
    properties: plainMap(fields.map(6, 'properties')),
  };
}

/** Entries have about 150 to 400 bytes with their key: leaves of about 8 KiB. */
const codec: TreeCodec<FolderKey, ListingEntry> = {
  object: 'folders entry',
  shape: { leafFanout: 32, innerFanout: 48 },
  encodeKey: encodeFolderKey,
  decodeKey: decodeFolderKey,
  encodeValue: encodeListing,
  decodeValue: decodeListing,
};

/** A snapshot's `folders` tree: folder, order, item → what a listing shows. */
export type FoldersTree = CodedTree<FolderKey, ListingEntry>;

export function foldersTree(context: TreeContext): FoldersTree {
  return new CodedTree(context, codec);
}
