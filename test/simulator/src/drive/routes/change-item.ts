import { ApiError } from '../../core/api-error.js';
import { type ContainerNode, type DriveNode, isContainer } from '../model/drive-node.js';
import { holdsLocked, isBelow } from '../model/live-drive.js';
import {
  addressedContainer,
  addressedItem,
  type DriveAction,
  type DriveCall,
  notFound,
  WRITE_FILES,
} from './address.js';
import { bad, checkName, conflictOf, freeName, nameTaken, objectAt, textAt, timesOf } from './item-body.js';
import { requestedTarget } from './shortcuts.js';
import { itemJson } from './item-json.js';
import { checkIfMatch } from './item-tags.js';
import { stampOf } from './stamp.js';
import { checkUnlocked } from './store-content.js';

type Json = Readonly<Record<string, unknown>>;

/** A new folder (docs: graph/api/driveitem-post-children), or a shortcut to another drive's item (seen in the field only). */
export const createChild: DriveAction = {
  method: 'POST',
  suffix: '/children',
  permissions: WRITE_FILES,
  cost: () => 2,
  handle: async (call) => {
    const body = await call.request.json();
    const { drive, query } = call;
    const parent = addressedContainer(call);
    const name = textAt(body, 'name') ?? '';
    const target = 'remoteItem' in body ? requestedTarget(call, body) : undefined;
    if (!target && !('folder' in body)) throw bad('Only folders can be made here: the body needs a folder facet.');
    checkName(drive, parent, name);
    const conflict = conflictOf(query.raw, body, 'fail');
    const taken = drive.child(parent, name);
    if (taken && (conflict === 'fail' || (conflict === 'replace' && (target || !isContainer(taken)))))
      throw nameTaken();
    if (taken && conflict === 'replace') return answer(call, 200, taken);
    const stamp = stampOf(call);
    const description = textAt(body, 'description');
    const times = { createdAt: stamp.at, modifiedAt: stamp.at, ...timesOf(body) };
    const made = {
      parent,
      name: freeName(drive, parent, name),
      stamp,
      times,
      ...(description === undefined ? {} : { description }),
    };
    return answer(call, 201, target ? drive.createShortcut(made, target) : drive.createFolder(made));
  },
};

/** Name, place, times and description (docs: graph/api/driveitem-update, driveitem-move). */
export const updateItem: DriveAction = {
  method: 'PATCH',
  suffix: '',
  permissions: WRITE_FILES,
  cost: () => 2,
  handle: async (call) => {
    const body = await call.request.json();
    const { drive } = call;
    const node = addressedItem(call);
    checkIfMatch(call.request, node);
    checkUnlocked(node);
    const stamp = stampOf(call);
    const times = timesOf(body);
    const place = newPlace(call, node, body);
    const hasDescription = 'description' in body;
    const description = textAt(body, 'description');
    if (place) drive.place(node, place.parent, place.name, stamp);
    if (hasDescription) drive.describe(node, description === '' ? undefined : description, stamp);
    if (Object.keys(times).length > 0) drive.setTimes(node, { ...node.times, ...times }, stamp);
    return answer(call, 200, node);
  },
};

/** Into the recycle bin (docs: graph/api/driveitem-delete). */
export const deleteItem: DriveAction = {
  method: 'DELETE',
  suffix: '',
  permissions: WRITE_FILES,
  cost: () => 2,
  handle: async (call) => {
    const node = addressedItem(call);
    if (node === call.drive.root) throw new ApiError(403, 'accessDenied', 'The root of a drive cannot be deleted.');
    checkIfMatch(call.request, node);
    if (holdsLocked(node))
      throw new ApiError(423, 'resourceLocked', 'The item is or holds a file that is checked out or locked.');
    call.drive.remove(node, stampOf(call));
    return { status: 204 };
  },
};

function answer({ context, world, drive }: DriveCall, status: number, node: DriveNode) {
  return { status, body: itemJson({ context, world, drive, select: undefined, isDelta: false }, node) };
}

/** Where a PATCH puts the item; undefined when it stays. */
function newPlace(call: DriveCall, node: DriveNode, body: Json): { parent: ContainerNode; name: string } | undefined {
  const { drive, query } = call;
  const wantedName = textAt(body, 'name');
  const reference = objectAt(body, 'parentReference');
  if (wantedName === undefined && Object.keys(reference).length === 0) return undefined;
  if (!node.parent) throw new ApiError(403, 'accessDenied', 'The root of a drive can be neither renamed nor moved.');
  const parent = parentOf(call, reference) ?? node.parent;
  const name = wantedName ?? node.name;
  if (parent === node.parent && name === node.name) return undefined;
  if (isBelow(parent, node)) throw bad('An item cannot be moved below itself.');
  checkName(drive, parent, name, longestBelow(node));
  const taken = drive.child(parent, name);
  if (!taken || taken === node) return { parent, name };
  const conflict = conflictOf(query.raw, body, 'fail');
  if (conflict === 'rename') return { parent, name: freeName(drive, parent, name) };
  if (conflict === 'fail' || taken.kind !== 'file' || node.kind !== 'file') throw nameTaken();
  checkUnlocked(taken);
  drive.remove(taken, stampOf(call));
  return { parent, name };
}

/** The folder that a parentReference means, by id or by path `/drives/{id}/root:/a/b`. */
export function parentOf({ drive }: DriveCall, reference: Json): ContainerNode | undefined {
  const driveId = textAt(reference, 'driveId');
  if (driveId !== undefined && driveId !== drive.id)
    throw new ApiError(400, 'notSupported', 'Items cannot be moved between drives.');
  const id = textAt(reference, 'id');
  const path = textAt(reference, 'path');
  if (id === undefined && path === undefined) return undefined;
  const names = (path ?? '')
    .replace(/^.*?root:?/, '')
    .split('/')
    .filter((name) => name !== '');
  const parent = id === undefined ? drive.at(drive.root, names.map(decodeURIComponent)) : drive.get(id);
  return parent && isContainer(parent) ? parent : notFound();
}

function longestBelow(node: DriveNode): number {
  if (!isContainer(node)) return 0;
  return Math.max(0, ...[...node.children.values()].map((child) => child.name.length + 1 + longestBelow(child)));
}
