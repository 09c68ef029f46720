import { createHash } from 'node:crypto';
import type { SharepointIds } from '@microsoft/microsoft-graph-types';
import type { RemoteTarget } from '../model/drive-node.js';
import type { DriveWorld } from '../model/drive-world.js';
import { uniqueIdOf } from '../model/item-ids.js';

const guid = (text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
};

const listIdOf = (driveId: string): string => guid(`list/${driveId}`);

/** A shortcut's target as SharePoint names it (docs: graph/resources/sharepointids). */
export function sharepointIdsOf(world: DriveWorld, { driveId, itemId }: RemoteTarget): SharepointIds {
  return {
    listId: listIdOf(driveId),
    listItemUniqueId: uniqueIdOf(itemId).toLowerCase(),
    siteId: guid(`site/${driveId}`),
    siteUrl: `https://${world.tenant.prefix}-my.sharepoint.com/personal/${listIdOf(driveId).slice(0, 8)}`,
    webId: guid(`web/${driveId}`),
  };
}

/** The item that SharePoint's ids name; `root` stands for a library as a whole. */
export function targetOfIds(world: DriveWorld, listId: string, listItemUniqueId: string): RemoteTarget | undefined {
  const driveId = [...world.driveIds].find((id) => listIdOf(id) === listId);
  const drive = driveId === undefined ? undefined : world.byId(driveId);
  if (!drive) return undefined;
  const nodes = listItemUniqueId === 'root' ? [drive.root] : [drive.root, ...drive.items()];
  const named = (id: string) =>
    listItemUniqueId === 'root' || uniqueIdOf(id).toLowerCase() === listItemUniqueId.toLowerCase();
  const item = nodes.find(({ id }) => named(id));
  return item && { driveId: drive.id, itemId: item.id };
}
