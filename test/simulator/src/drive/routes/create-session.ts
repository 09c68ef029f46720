import { SESSION_CONFLICT_AT } from '../switches.js';
import type { UploadTarget } from '../model/upload-session.js';
import { aimOf, type DriveAction, type DriveCall, WRITE_FILES } from './address.js';
import { bad, checkName, conflictOf, nameTaken, objectAt, textAt, timesOf } from './item-body.js';
import { checkIfMatch } from './item-tags.js';
import { checkQuota, checkUnlocked } from './store-content.js';
import { SESSION_LIFETIME_MS, sessionState } from './session-state.js';

/** docs: graph/api/driveitem-createuploadsession */
export const createUploadSession: DriveAction = {
  method: 'POST',
  suffix: '/createUploadSession',
  permissions: WRITE_FILES,
  cost: () => 2,
  handle: async (call) => {
    const { context, world, drive, request } = call;
    const body = request.contentLength === 0 ? {} : await request.json();
    const item = objectAt(body, 'item');
    const totalBytes = sizeAt(item.fileSize);
    if (totalBytes !== undefined) checkQuota(drive, totalBytes);
    const session = {
      id: world.issueId(),
      driveId: drive.id,
      target: targetOf(call, item),
      times: timesOf(item),
      description: textAt(item, 'description'),
      totalBytes,
      incoming: undefined,
      isCommitDeferred: body.deferCommit === true,
      expiresAt: context.clock.now() + SESSION_LIFETIME_MS,
    };
    world.uploads.set(session.id, session);
    return {
      status: 200,
      body: {
        uploadUrl: context.contentUrl(`/personal/upload/${session.id}`, UPLOAD_URL_MS),
        ...sessionState(session),
      },
    };
  },
};

/** Longer than any session lives: an upload ends with its session, never with its URL. */
const UPLOAD_URL_MS = 400 * 86_400_000;

function targetOf(call: DriveCall, item: Readonly<Record<string, unknown>>): UploadTarget {
  const { drive, request, query, world } = call;
  const aim = aimOf(call);
  // Nothing said means replace: rclone's backend/onedrive updates files so, and it works.
  const conflict = conflictOf(query.raw, item, 'replace');
  const isByName = request.params.path !== undefined;
  if ('item' in aim) {
    checkIfMatch(request, aim.item);
    checkUnlocked(aim.item);
    if (!isByName) {
      if (aim.item.kind !== 'file') throw bad('An upload needs a file or a name below a folder.');
      return { itemId: aim.item.id };
    }
    if (conflict === 'fail' && world.tenant.switches.get(SESSION_CONFLICT_AT) === 'creation') throw nameTaken();
  }
  const parent = 'item' in aim ? aim.item.parent : aim.parent;
  if (!parent) throw bad('An upload needs a file or a name below a folder.');
  const name = textAt(item, 'name') ?? ('item' in aim ? aim.item.name : aim.name);
  checkName(drive, parent, name);
  return { parentId: parent.id, name, conflict };
}

function sizeAt(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw bad("The property 'fileSize' has to be a whole number of bytes.");
}
