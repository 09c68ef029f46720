import { AppError } from './errors.js';

declare const brand: unique symbol;
/** A string that was parsed once, at the edge, and is passed on under its own name. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Our id of one customer's Microsoft 365 organisation (not Microsoft's directory id). */
export type TenantId = Branded<'TenantId'>;
export type VaultId = Branded<'VaultId'>;
export type DestinationId = Branded<'DestinationId'>;
export type BackupSetId = Branded<'BackupSetId'>;
export type JobId = Branded<'JobId'>;
export type DeletionId = Branded<'DeletionId'>;
export type LegalHoldId = Branded<'LegalHoldId'>;
export type TaskId = Branded<'TaskId'>;
/**
 * One workload of one mailbox or drive; stable over jobs and sets: `mail.<Microsoft user id>`, `drive.<Microsoft user id>`. Or the
 * vault that a job keeps in order: `vault.<vault id>`.
 */
export type ResourceId = Branded<'ResourceId'>;
/** SHA-256 in lower-case hexadecimal of the bytes of the snapshot object. */
export type SnapshotId = Branded<'SnapshotId'>;
/** HMAC-SHA-256 of the plain bytes under the vault's id key, lower-case hexadecimal. */
export type ChunkId = Branded<'ChunkId'>;
/** SHA-256 of the sealed pack, lower-case hexadecimal: the object's name. */
export type PackName = Branded<'PackName'>;
/** 128 random bits in a pack's header, lower-case hexadecimal; salts the pack's key. */
export type PackId = Branded<'PackId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HEX_32 = /^[0-9a-f]{64}$/;
const HEX_16 = /^[0-9a-f]{32}$/;
const RESOURCE = /^(mail|drive|vault)\.[A-Za-z0-9_-]{1,128}$/;

// The caller names the brand; nothing of it exists at run time.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
function parser<Id extends string>(what: string, rule: RegExp, words: string): (text: string) => Id {
  return (text) => {
    if (!rule.test(text))
      throw new AppError('INVALID_ARGUMENT', `${what} has to be ${words}.`, { context: { field: what, rule: words } });
    return text as Id;
  };
}

const uuidWords = 'a UUID in lower case';
export const parseTenantId = parser<TenantId>('tenantId', UUID, uuidWords);
export const parseVaultId = parser<VaultId>('vaultId', UUID, uuidWords);
export const parseDestinationId = parser<DestinationId>('destinationId', UUID, uuidWords);
export const parseBackupSetId = parser<BackupSetId>('backupSetId', UUID, uuidWords);
export const parseJobId = parser<JobId>('jobId', UUID, uuidWords);
export const parseDeletionId = parser<DeletionId>('deletionId', UUID, uuidWords);
export const parseLegalHoldId = parser<LegalHoldId>('holdId', UUID, uuidWords);
export const parseTaskId = parser<TaskId>('taskId', UUID, uuidWords);
export const parseResourceId = parser<ResourceId>(
  'resourceId',
  RESOURCE,
  '`mail.`, `drive.` or `vault.` and an id of letters, digits, `-` and `_`',
);
export const parseSnapshotId = parser<SnapshotId>('snapshotId', HEX_32, '64 hexadecimal digits in lower case');
export const parseChunkId = parser<ChunkId>('chunkId', HEX_32, '64 hexadecimal digits in lower case');
export const parsePackName = parser<PackName>('packName', HEX_32, '64 hexadecimal digits in lower case');
export const parsePackId = parser<PackId>('packId', HEX_16, '32 hexadecimal digits in lower case');

/** The workloads that have a reader; a resource id starts with one. */
export const WORKLOADS = ['mail', 'drive'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** The resource of one workload of the mailbox or drive with Microsoft's id `ownerId`. */
export function resourceIdOf(workload: Workload, ownerId: string): ResourceId {
  return parseResourceId(`${workload}.${ownerId}`);
}

/** The vault as the one resource of a job that keeps it in order. */
export function vaultResource(vault: VaultId): ResourceId {
  return parseResourceId(`vault.${vault}`);
}

/** The workload and Microsoft's owner id that a resource id names. */
export function resourceParts(resource: ResourceId): { readonly workload: Workload; readonly ownerId: string } {
  const dot = resource.indexOf('.');
  return { workload: resource.slice(0, dot) as Workload, ownerId: resource.slice(dot + 1) };
}
