import type { Stamp } from '../model/drive-node.js';
import type { DriveCall } from './address.js';

/** What is written over Graph without a user belongs to the app: authors cannot be set (docs: graph/api/driveitem-update). */
export function stampOf({ context }: Pick<DriveCall, 'context'>): Stamp {
  const { appId } = context.principal;
  return { at: context.clock.now(), by: { kind: 'application', id: appId, displayName: `App ${appId.slice(0, 8)}` } };
}
