import type { ItemKind, ItemRecord } from '@holdfast/vault';

/** What a reader may have changed of an item, and a restore puts back, beside its content. */
const STATE: Readonly<Partial<Record<ItemKind, readonly string[]>>> = {
  message: ['isRead', 'flag', 'categories', 'importance', 'inferenceClassification'],
  file: ['fileSystemInfo', 'description'],
  'search-folder': ['filterQuery', 'includeNestedFolders', 'sourceFolderIds'],
};

/** Kinds whose name is part of what they are; a message's subject is part of its content. */
const NAMED: ReadonlySet<ItemKind> = new Set<ItemKind>([
  'mail-folder',
  'search-folder',
  'drive-folder',
  'file',
  'package',
  'shortcut',
]);

/** What a draft is made of, beside its body. */
const DRAFT = ['internetMessageId', 'from', 'toRecipients', 'ccRecipients', 'bccRecipients', 'replyTo'];

type Likened = Pick<ItemRecord, 'kind' | 'name' | 'contentTag' | 'bytes' | 'properties'>;

/**
 * A text that is equal for two items when a restore of one onto the other would change nothing. Holds the item's own words: keep
 * a digest of it, never itself.
 */
export function likenessOf(record: Likened): string {
  const isMessage = record.kind === 'message';
  const content = record.contentTag ?? null;
  return textOf(record, isMessage ? [content, record.properties['hasAttachments'] ?? false] : content);
}

/**
 * The same for an item and the copy that a restore made of it. A draft's tag moves with anything and is the copy's own, so drafts
 * are compared by what they say and by a digest of their body. A copy may have no attachment in sight where the item had some: links to
 * files in the cloud, which no restore can make.
 */
export function copyLikenessOf(record: Likened, bodyDigest: string): string {
  if (record.properties['isDraft'] !== true) return textOf(record, record.contentTag ?? null);
  const said = DRAFT.map((name) => record.properties[name] ?? null);
  return textOf(record, [record.name, said, bodyDigest]);
}

function textOf(record: Likened, content: unknown): string {
  const state: unknown[] = (STATE[record.kind] ?? []).map((name) => [name, record.properties[name] ?? null]);
  if (record.kind === 'shortcut') state.push(targetOf(record.properties['remoteItem']));
  const name = NAMED.has(record.kind) ? record.name : null;
  return JSON.stringify(sorted([record.kind, content, name, state]));
}

/** A shortcut's target: by drive and id, else by whatever names it. */
function targetOf(remoteItem: unknown): unknown {
  const id = field(remoteItem, 'id');
  const driveId = field(field(remoteItem, 'parentReference'), 'driveId');
  return id === undefined || driveId === undefined ? (remoteItem ?? null) : [driveId, id];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

/** The vault sorts the keys of maps, Microsoft does not. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, field]) => [key, sorted(field)]));
}
