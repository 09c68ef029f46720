import type { ItemRecord, LeftOut } from '../item-record.js';

/** What is left of an item that was deleted on request: that it is there, of which kind, and in which folder. */
export function deletedItem({ kind, parentId }: Pick<ItemRecord, 'kind' | 'parentId'>, cause: string): ItemRecord {
  const leftOut: LeftOut = { as: 'excluded', cause };
  return { kind, ...(parentId !== undefined && { parentId }), name: '', bytes: 0, properties: {}, leftOut };
}
