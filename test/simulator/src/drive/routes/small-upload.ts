import { ApiError } from '../../core/api-error.js';
import { IncomingContent } from '../content/incoming-content.js';
import { SMALL_UPLOAD_LIMIT } from '../switches.js';
import { aimOf, type DriveAction, type DriveCall, WRITE_FILES } from './address.js';
import { bad, conflictOf } from './item-body.js';
import { itemJson } from './item-json.js';
import { checkIfMatch } from './item-tags.js';
import { create, overwrite, type Stored } from './store-content.js';

/** A file in one request (docs: graph/api/driveitem-put-content). */
export const putContent: DriveAction = {
  method: 'PUT',
  suffix: '/content',
  permissions: WRITE_FILES,
  cost: () => 2,
  handle: async (call) => {
    const limit = call.world.tenant.switches.get(SMALL_UPLOAD_LIMIT);
    const body = await call.request.body(limit);
    if (body.length > limit)
      throw new ApiError(413, 'maxFileSizeExceeded', `More than ${limit} bytes need an upload session.`);
    const incoming = new IncomingContent(call.world.library, body.length);
    incoming.write(body);
    return stored(call, store(call, incoming));
  },
};

function store(call: DriveCall, incoming: IncomingContent): Stored {
  const aim = aimOf(call);
  const conflict = conflictOf(call.query.raw, {}, 'replace');
  const wishes = { times: {} };
  if ('parent' in aim) return create(call, { ...aim, conflict }, incoming.finish(), wishes);
  checkIfMatch(call.request, aim.item);
  const isByName = call.request.params.path !== undefined;
  if (!isByName || conflict === 'replace') return overwrite(call, aim.item, incoming.finish(), wishes);
  const { parent, name } = aim.item;
  if (!parent) throw bad('The root has no content.');
  return create(call, { parent, name, conflict }, incoming.finish(), wishes);
}

/** 201 with a new item, 200 with one that was there. */
export function stored(call: DriveCall, { file, isNew }: Stored) {
  const { context, world, drive } = call;
  const view = { context, world, drive, select: undefined, isDelta: false };
  return { status: isNew ? 201 : 200, body: itemJson(view, file) };
}
