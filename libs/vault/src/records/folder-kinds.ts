import type { ItemKind, ItemRecord } from '../item-record.js';

/** Kinds of items that hold others. A notebook is restored as the folder that its parts lie in. */
const FOLDER_KINDS: ReadonlySet<ItemKind> = new Set<ItemKind>(['mail-folder', 'drive-root', 'drive-folder', 'package']);

export function isFolder(kind: ItemKind): boolean {
  return FOLDER_KINDS.has(kind);
}

/** A resource's own top: it exists wherever the resource does, under no name. */
export function isTop({ kind, parentId, properties }: Pick<ItemRecord, 'kind' | 'parentId' | 'properties'>): boolean {
  return (
    kind === 'drive-root' ||
    (kind === 'mail-folder' && parentId === undefined) ||
    properties['wellKnownName'] === 'msgfolderroot'
  );
}
