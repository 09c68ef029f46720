import type { Route } from '../../core/route.js';
import { copyNode } from '../model/copy-node.js';
import { drivesOf } from '../model/drive-world.js';
import { isBelow } from '../model/live-drive.js';
import { addressedItem, type DriveAction, notFound, WRITE_FILES } from './address.js';
import { parentOf } from './change-item.js';
import { bad, checkName, conflictOf, freeName, nameTaken, objectAt, textAt } from './item-body.js';
import { stampOf } from './stamp.js';

const MONITOR_MS = 3_600_000;

/** A copy made by the service, watched at a URL without sign-in (docs: graph/api/driveitem-copy, graph/long-running-actions). */
export const copyItem: DriveAction = {
  method: 'POST',
  suffix: '/copy',
  permissions: WRITE_FILES,
  cost: () => 2,
  handle: async (call) => {
    const body = await call.request.json();
    const { context, drive, world, query } = call;
    const node = addressedItem(call);
    const parent = parentOf(call, objectAt(body, 'parentReference')) ?? node.parent;
    if (!parent || isBelow(parent, node)) throw bad('An item cannot be copied below itself.');
    const name = textAt(body, 'name') ?? node.name;
    checkName(drive, parent, name);
    const conflict = conflictOf(query.raw, body, 'fail');
    if (drive.child(parent, name) && conflict !== 'rename') throw nameTaken();
    const copied = copyNode(drive, node, { parent, name: freeName(drive, parent, name), stamp: stampOf(call) });
    const id = world.issueId();
    world.copies.set(id, { driveId: drive.id, itemId: copied.id });
    return { status: 202, headers: { Location: context.contentUrl(`/personal/monitor/${id}`, MONITOR_MS) } };
  },
};

export const copyMonitor: Route = {
  method: 'GET',
  pattern: '/personal/monitor/{copy}',
  permissions: [],
  bucket: 'none',
  host: 'content',
  handle: async ({ tenant, request }) => {
    const copied = drivesOf(tenant).copies.get(request.params.copy ?? '') ?? notFound();
    return { status: 200, body: { status: 'completed', percentageComplete: 100, resourceId: copied.itemId } };
  },
};
