import type { ModelEntry } from './simulator-control.js';

const DRIVE_KINDS: Readonly<Record<string, string>> = { folder: 'drive-folder' };

/** The kind of an item of the simulator's model as Holdfast's documents name it. */
export function graphKind({ kind, fields }: ModelEntry): string {
  if (kind === 'folder') return fields['search'] == null ? 'mail-folder' : 'search-folder';
  if (kind !== 'driveItem') return kind;
  const own = String(fields['kind']);
  return DRIVE_KINDS[own] ?? own;
}

const MESSAGE_FIELDS: Readonly<Record<string, string>> = {
  mimeSha256: '$value',
  type: '@odata.type',
  folder: 'parentFolder',
  folderId: 'parentFolderId',
  bodySha256: 'body.content',
  bodyType: 'body.contentType',
};
const FILE_FIELDS: Readonly<Record<string, string>> = {
  createdDateTime: 'fileSystemInfo.createdDateTime',
  lastModifiedDateTime: 'fileSystemInfo.lastModifiedDateTime',
  quickXorHash: 'file.hashes.quickXorHash',
};

/** A field of the simulator's model as Graph names it. */
export function graphField(kind: string, field: string): string {
  // One property is one field: that the mark of a restore is added excuses the loss of no other.
  if (/^properties\..* name HoldfastOrigin$/i.test(field)) return 'singleValueExtendedProperties';
  if (field.startsWith('properties.')) return `singleValueExtendedProperties[${field.slice('properties.'.length)}]`;
  if (kind === 'message') return MESSAGE_FIELDS[field] ?? field;
  if (kind === 'package' && field === 'kind') return 'package';
  return FILE_FIELDS[field] ?? field;
}
