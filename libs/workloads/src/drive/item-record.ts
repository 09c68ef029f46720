import type { CborValue, ItemKind } from '@holdfast/vault';
import { instant } from '../instant.js';
import { jsonToCbor } from '../json-to-cbor.js';
import type { SourceRecord } from '../reader.port.js';
import { keptRemoteItem } from './shortcut.js';
import { type GraphItem, hashOf, KEPT_FIELDS } from './drive-schema.js';

/** The record of an item of a drive. */
export function itemRecord(item: GraphItem): SourceRecord {
  const kind = kindOf(item);
  const createdAt = instant(item.createdDateTime);
  const modifiedAt = instant(item.lastModifiedDateTime);
  const parentId = kind === 'drive-root' ? undefined : (item.parentReference?.id ?? undefined);
  return {
    kind,
    ...(parentId === undefined ? {} : { parentId }),
    name: item.name ?? '',
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(modifiedAt === undefined ? {} : { modifiedAt, sortAt: modifiedAt }),
    bytes: kind === 'file' ? (item.size ?? 0) : 0,
    ...(item.eTag == null ? {} : { changeTag: item.eTag }),
    ...(kind === 'file' ? { contentTag: contentTag(item), contentForm: 'bytes' } : {}),
    properties: propertiesOf(item),
  };
}

/**
 * Stands for the content alone. Delta of a business drive leaves cTag out, so hash and length have to do; a file that has no hash
 * (yet) is told by its eTag, which moves with anything. [Graph documentation: api/driveitem-delta.md]
 */
function contentTag(item: GraphItem): string {
  const hash = hashOf(item);
  return hash === undefined ? `etag:${item.eTag ?? ''}` : tagOf(hash, item.size ?? 0);
}

/** The tag of a content with this quickXorHash and length. */
export function tagOf(hash: string, bytes: number): string {
  return `${hash}:${bytes}`;
}

function kindOf(item: GraphItem): ItemKind {
  if (item.root != null) return 'drive-root';
  if (item.remoteItem != null) return 'shortcut';
  if (item.package != null) return 'package';
  return item.folder == null ? 'file' : 'drive-folder';
}

function propertiesOf(item: GraphItem): Record<string, CborValue> {
  const kept = KEPT_FIELDS.filter((field) => item[field] !== undefined && item[field] !== null && item[field] !== '');
  const valueOf = (field: (typeof kept)[number]) =>
    field === 'remoteItem' ? keptRemoteItem(item.remoteItem) : jsonToCbor(item[field]);
  return Object.fromEntries(kept.map((field) => [field, valueOf(field)]));
}

/** The hash that the source gave with a record, or that its content had when it was read. */
export function recordHash(record: Pick<SourceRecord, 'properties' | 'contentTag'>): string | undefined {
  const [, read] = /^([\w+/]{27}=):\d+$/.exec(record.contentTag ?? '') ?? [];
  if (read !== undefined) return read;
  const file = record.properties['file'];
  const hashes = field(file, 'hashes');
  const hash = field(hashes, 'quickXorHash');
  return typeof hash === 'string' ? hash : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
