import { CborFields } from '../cbor/cbor-fields.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { brokenObject } from '../broken-object.js';
import type { CborValue } from '../item-record.js';
import { CodedTree, type TreeCodec } from './coded-tree.js';
import type { TreeContext } from './merkle-tree.js';

/** One row of a task's log: an item that did not go the ordinary way, or a remark on the run. */
export interface LogRow {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly about: 'skipped' | 'excluded' | 'owed' | 'vanished' | 'unexplained' | 'note';
  readonly itemId?: string;
  /** Where the item lies, in the customer's own names. */
  readonly path?: string;
  /** Code of the cause, the rule or the failure. */
  readonly code: string;
  /** The same for a person. */
  readonly reason: string;
  /** What the service counts in the folder, and what the snapshot lists or owes there; of an unexplained difference. */
  readonly counts?: { readonly atSource: number; readonly inSnapshot: number };
}

const ABOUT: readonly LogRow['about'][] = ['skipped', 'excluded', 'owed', 'vanished', 'unexplained', 'note'];

function encodeRow({ at, about, itemId, path, code, reason, counts }: LogRow): Uint8Array {
  const map = new Map<number, CborValue>([
    [1, at],
    [2, ABOUT.indexOf(about)],
    [5, code],
    [6, reason],
  ]);
  if (itemId !== undefined) map.set(3, itemId);
  if (path !== undefined) map.set(4, path);
  if (counts) map.set(7, counts.atSource).set(8, counts.inSnapshot);
  return encodeCbor(map);
}

function decodeRow(bytes: Uint8Array): LogRow {
  const fields = CborFields.decode(bytes, 'log row');
  const itemId = fields.optionalText(3, 'itemId');
  const path = fields.optionalText(4, 'path');
  return {
    at: fields.integer(1, 'at'),
    about: ABOUT[fields.count(2, 'about')] ?? 'note',
    ...(itemId !== undefined && { itemId }),
    ...(path !== undefined && { path }),
    code: fields.text(5, 'code'),
    reason: fields.text(6, 'reason'),
    ...(fields.has(7) && {
      counts: { atSource: fields.count(7, 'atSource'), inSnapshot: fields.count(8, 'inSnapshot') },
    }),
  };
}

function encodeNumber(row: number): Uint8Array {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(row));
  return key;
}

function decodeNumber(key: Uint8Array): number {
  if (key.length !== 8) throw brokenObject('log row', 'its key has 8 bytes');
  return Number(Buffer.from(key).readBigUInt64BE());
}

const codec: TreeCodec<number, LogRow> = {
  object: 'log row',
  shape: { leafFanout: 48, innerFanout: 128 },
  encodeKey: encodeNumber,
  decodeKey: decodeNumber,
  encodeValue: encodeRow,
  decodeValue: decodeRow,
};

/** A task's log, sealed in the vault: row number from 0 → row (docs/format/v1.md#log). Appending writes the last nodes anew. */
export type LogTree = CodedTree<number, LogRow>;

export function logTree(context: TreeContext): LogTree {
  return new CodedTree(context, codec);
}
