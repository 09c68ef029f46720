import {
  type BackupSetId,
  type JobId,
  type PackName,
  parseBackupSetId,
  parseJobId,
  parsePackName,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
  type ResourceId,
  type SnapshotId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { CborFields } from '../cbor/cbor-fields.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { parseStored } from '../cbor/parse-stored.js';
import type { CborValue } from '../item-record.js';

const OBJECT = 'snapshot header';

/** Bytes of a pack's name. */
const NAME_BYTES = 32;

/**
 * What storage may know of a snapshot: sealed under the index key, so that it can list, order and rebuild without a content key
 * (docs/format/v1.md#snapshot-header). Instants are milliseconds since the epoch.
 */
export interface SnapshotHeader {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly set: BackupSetId;
  readonly resource: ResourceId;
  readonly job: JobId;
  readonly epoch: number;
  readonly generation: number;
  /** Place in the chain of this set's snapshots of this resource, from 1. */
  readonly number: number;
  readonly parent: SnapshotId | undefined;
  /** Decides the day the snapshot belongs to. */
  readonly jobStartedAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  /** IANA name. */
  readonly timeZone: string;
  /** The packs that the task wrote: each has to be at a destination before the snapshot counts. */
  readonly newPacks: readonly PackName[];
  /** From {@link issueTaskCertificate}. */
  readonly certificate: Uint8Array;
}

export function encodeSnapshotHeader(header: SnapshotHeader): Uint8Array {
  const packs = Buffer.concat([...header.newPacks].sort().map((name) => Buffer.from(name, 'hex')));
  return encodeCbor(
    new Map<number, CborValue>([
      [1, header.tenant],
      [2, header.vault],
      [3, header.set],
      [4, header.resource],
      [5, header.job],
      [6, header.epoch],
      [7, header.generation],
      [8, header.number],
      [9, header.parent === undefined ? null : Buffer.from(header.parent, 'hex')],
      [10, header.jobStartedAt],
      [11, header.startedAt],
      [12, header.finishedAt],
      [13, header.timeZone],
      [14, packs],
      [15, header.certificate],
    ]),
  );
}

/** Reverses {@link encodeSnapshotHeader}; `newPacks` come sorted. */
export function decodeSnapshotHeader(bytes: Uint8Array): SnapshotHeader {
  const fields = CborFields.decode(bytes, OBJECT);
  return {
    tenant: parseStored(OBJECT, parseTenantId, fields.text(1, 'tenant')),
    vault: parseStored(OBJECT, parseVaultId, fields.text(2, 'vault')),
    set: parseStored(OBJECT, parseBackupSetId, fields.text(3, 'set')),
    resource: parseStored(OBJECT, parseResourceId, fields.text(4, 'resource')),
    job: parseStored(OBJECT, parseJobId, fields.text(5, 'job')),
    epoch: fields.count(6, 'epoch'),
    generation: fields.count(7, 'generation'),
    number: fields.count(8, 'number'),
    parent: fields.value(9) === null ? undefined : parseSnapshotId(hex(fields.bytes(9, 'parent', 32))),
    jobStartedAt: fields.integer(10, 'jobStartedAt'),
    startedAt: fields.integer(11, 'startedAt'),
    finishedAt: fields.integer(12, 'finishedAt'),
    timeZone: fields.text(13, 'timeZone'),
    newPacks: readPacks(fields),
    certificate: fields.bytes(15, 'certificate'),
  };
}

function readPacks(fields: CborFields): PackName[] {
  const bytes = fields.bytes(14, 'newPacks');
  if (bytes.length % NAME_BYTES !== 0) throw fields.broken('newPacks', 'names of 32 bytes each');
  return Array.from({ length: bytes.length / NAME_BYTES }, (_, at) =>
    parsePackName(hex(bytes.subarray(at * NAME_BYTES, (at + 1) * NAME_BYTES))),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
