import type { ItemRecord } from '@holdfast/vault';

const SOURCES = 'sourceFolderIds';

/** Ids of other folders that the record's meaning depends on: those that a saved search looks through. */
export function referredFolders({ kind, properties }: Pick<ItemRecord, 'kind' | 'properties'>): readonly string[] {
  const ids = kind === 'search-folder' ? properties[SOURCES] : undefined;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}

/** The record with other ids in place of those of {@link referredFolders}; a folder without one is left out. */
export function withReferredFolders(record: ItemRecord, idOf: ReadonlyMap<string, string>): ItemRecord {
  if (record.kind !== 'search-folder') return record;
  const ids = referredFolders(record).flatMap((id) => idOf.get(id) ?? []);
  return { ...record, properties: { ...record.properties, [SOURCES]: [...new Set(ids)].sort() } };
}
