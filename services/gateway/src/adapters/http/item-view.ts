import type { ItemView } from '@holdfast/contracts/api';
import type { Item } from '@holdfast/contracts/restore/v1';
import { known } from './words.js';

/** An item as the API shows it. */
export function itemViewOf(item: Item): ItemView {
  return {
    itemId: item.itemId,
    parentId: known(item.parentId),
    kind: item.kind,
    name: item.name,
    bytes: item.bytes,
    createdAtMs: known(item.createdAtMs),
    modifiedAtMs: known(item.modifiedAtMs),
    sortAtMs: known(item.sortAtMs),
    sender: known(item.sender),
    recipients: item.recipients,
    isFolder: item.isFolder,
    path: item.path,
    resourceId: known(item.resourceId),
    snapshotId: known(item.snapshotId),
  };
}
