import { ApiError } from '../../core/api-error.js';
import type { DriveNode, RemoteTarget } from '../model/drive-node.js';
import { SHORTCUT_TARGET, SHORTCUTS_NEED_FEATURE } from '../switches.js';
import type { DriveCall } from './address.js';
import { bad, objectAt, textAt } from './item-body.js';
import { targetOfIds } from './sharepoint-ids.js';

type Json = Readonly<Record<string, unknown>>;

const FEATURE = 'addtoonedrive';
const IDS = ['listId', 'listItemUniqueId', 'siteId', 'siteUrl', 'webId'] as const;

/** Whether a listing shows a node: shortcuts may be told only to those who ask (OneDrive/onedrive-api-docs#1427, #1781; the header: jstaf/onedriver#157). */
export function isListed({ context, world }: DriveCall, node: DriveNode): boolean {
  if (node.kind !== 'shortcut' || !world.tenant.switches.get(SHORTCUTS_NEED_FEATURE)) return true;
  return context.request.preferences.all.get('include-feature')?.toLowerCase() === FEATURE;
}

/** What a new shortcut is to point to, in the two forms that are seen in the field (PnPjs sample "add shortcut"; CIPP-API New-CIPPOneDriveShortCut). */
export function requestedTarget({ world, drive }: DriveCall, body: Json): RemoteTarget {
  if (drive.refusesShortcuts) throw new ApiError(403, 'accessDenied', 'Access denied.');
  const remote = objectAt(body, 'remoteItem');
  const taken = world.tenant.switches.get(SHORTCUT_TARGET);
  const itemId = textAt(remote, 'id');
  if (itemId !== undefined) {
    const driveId = textAt(objectAt(remote, 'parentReference'), 'driveId');
    if (taken === 'sharepoint-ids' || driveId === undefined)
      throw bad('The remote item is not named in a way that is understood.');
    return world.byId(driveId)?.get(itemId) ? { driveId, itemId } : missing();
  }
  const ids = objectAt(remote, 'sharepointIds');
  const [listId, listItemUniqueId] = IDS.map((name) => textAt(ids, name) ?? refuseWithout(name));
  if (taken === 'item') throw bad('The remote item is not named in a way that is understood.');
  return targetOfIds(world, listId ?? '', listItemUniqueId ?? '') ?? missing();
}

function refuseWithout(name: string): never {
  throw bad(`sharepointIds lacks ${name}.`);
}

function missing(): never {
  throw new ApiError(404, 'itemNotFound', 'The item that the shortcut is to point to could not be found.');
}
