import { ApiError } from '../../core/api-error.js';
import { LiteralSource } from '../content/byte-source.js';
import type { Content } from '../content/content.js';
import type { ClientTimes, ContainerNode, DriveNode, FileNode } from '../model/drive-node.js';
import type { Drive } from '../model/drive.js';
import type { ConflictBehavior } from '../model/upload-session.js';
import type { DriveCall } from './address.js';
import { checkName, freeName, nameTaken } from './item-body.js';
import { stampOf } from './stamp.js';

/** What the client said about the file beside its bytes. */
export interface Wishes {
  readonly times: Partial<ClientTimes>;
  readonly description?: string | undefined;
}

export interface Stored {
  readonly file: FileNode;
  readonly isNew: boolean;
}

/** Puts content over a file: a new version. 423 when it is checked out. */
export function overwrite(call: DriveCall, node: DriveNode, content: Content, wishes: Wishes): Stored {
  if (node.kind !== 'file') throw nameTaken();
  checkUnlocked(node);
  checkQuota(call.drive, content.size - call.drive.sizeOf(node));
  const stamp = stampOf(call);
  const times = { createdAt: node.times.createdAt, modifiedAt: stamp.at, ...wishes.times };
  if (wishes.description !== undefined) node.description = wishes.description;
  call.drive.replaceContent(node, { content: asStored(call, node.name, content) }, stamp, times);
  return { file: node, isNew: false };
}

/** Puts content under a name, as the conflict behaviour says when it is taken. */
export function create(
  call: DriveCall,
  {
    parent,
    name,
    conflict,
  }: { readonly parent: ContainerNode; readonly name: string; readonly conflict: ConflictBehavior },
  content: Content,
  wishes: Wishes,
): Stored {
  const { drive } = call;
  checkName(drive, parent, name);
  const taken = drive.child(parent, name);
  if (taken && conflict === 'fail') throw nameTaken();
  if (taken && conflict === 'replace') return overwrite(call, taken, content, wishes);
  checkQuota(drive, content.size);
  const stamp = stampOf(call);
  const item = {
    parent,
    name: freeName(drive, parent, name),
    stamp,
    times: { createdAt: stamp.at, modifiedAt: stamp.at, ...wishes.times },
    ...(wishes.description === undefined ? {} : { description: wishes.description }),
  };
  return { file: drive.createFile(item, { content: asStored(call, name, content) }), isNew: true };
}

export function checkUnlocked(node: DriveNode): void {
  if (node.kind !== 'file' || !node.isLocked) return;
  throw new ApiError(423, 'resourceLocked', 'The file is checked out or locked for editing.');
}

/** 507 when `more` bytes do not fit. */
export function checkQuota(drive: Drive, more: number): void {
  // Adding up the drive makes every document of it, so it is left alone as long as the newcomer is far below the quota.
  if (more <= 0 || (drive.quotaBytes >= AMPLE_BYTES && more < drive.quotaBytes / 2)) return;
  if (drive.sizeOf(drive.root) + more <= drive.quotaBytes) return;
  throw new ApiError(507, 'quotaLimitReached', 'The storage quota of the drive is reached.');
}

const AMPLE_BYTES = 1024 ** 4;
const OFFICE = /\.(docx|xlsx|pptx)$/i;
const COMMENT = Buffer.from('rewritten by the library');

/** What becomes of the bytes: libraries that rewrite Office files add their own part, so size and hash differ from what was sent. */
function asStored({ drive, world }: DriveCall, name: string, content: Content): Content {
  if (!drive.rewritesOfficeFiles || !OFFICE.test(name) || content.size < 22) return content;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(COMMENT.length);
  return world.library.add(content.splice(content.size - 2, 2, new LiteralSource(Buffer.concat([length, COMMENT]))));
}
