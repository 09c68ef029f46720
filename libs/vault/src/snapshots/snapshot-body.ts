import type { ChunkId } from '@holdfast/kernel';
import { CborFields } from '../cbor/cbor-fields.js';
import { chunkIdBytes } from '../chunks/chunk-id.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import type { CborValue } from '../item-record.js';
import { type LedgerTotals } from '../ledger/ledger.js';
import { ledgerFromCbor, ledgerToCbor } from '../ledger/ledger-codec.js';
import { type TreeRoot, treeRootFromCbor, treeRootToCbor } from '../trees/tree-root.js';

const OBJECT = 'snapshot body';

/** What a snapshot holds, sealed under the metadata branch (docs/format/v1.md#snapshot-body). */
export interface SnapshotBody {
  readonly items: TreeRoot | undefined;
  readonly folders: TreeRoot | undefined;
  readonly cursors: TreeRoot | undefined;
  readonly owed: TreeRoot | undefined;
  readonly log: TreeRoot | undefined;
  readonly ledger: LedgerTotals;
  /** The `meta` chunk that holds the backup set's definition at the time. */
  readonly setDefinition?: ChunkId;
  /** Fields of a later version of the format. */
  readonly unknown?: ReadonlyMap<number | string, CborValue>;
}

export function encodeSnapshotBody(body: SnapshotBody): Uint8Array {
  const map = new Map<number | string, CborValue>(body.unknown);
  map.set(1, treeRootToCbor(body.items));
  map.set(2, treeRootToCbor(body.folders));
  map.set(3, treeRootToCbor(body.cursors));
  map.set(4, treeRootToCbor(body.owed));
  map.set(5, treeRootToCbor(body.log));
  map.set(6, ledgerToCbor(body.ledger));
  if (body.setDefinition !== undefined) map.set(7, chunkIdBytes(body.setDefinition));
  return encodeCbor(map);
}

/** Reverses {@link encodeSnapshotBody}. */
export function decodeSnapshotBody(bytes: Uint8Array): SnapshotBody {
  const fields = CborFields.decode(bytes, OBJECT);
  const root = (key: number) => treeRootFromCbor(fields.value(key), OBJECT);
  const body = {
    items: root(1),
    folders: root(2),
    cursors: root(3),
    owed: root(4),
    log: root(5),
    ledger: ledgerFromCbor(fields.map(6, 'ledger')),
    ...(fields.has(7) && { setDefinition: readChunkId(fields.value(7), OBJECT) }),
  };
  const unknown = fields.unknown();
  return unknown ? { ...body, unknown } : body;
}
