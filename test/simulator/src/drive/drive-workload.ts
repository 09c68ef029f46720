import { ApiError } from '../core/api-error.js';
import type { Route } from '../core/route.js';
import type { SimTenant } from '../core/tenant.js';
import type { SimWorkload, Usage } from '../core/workload.js';
import { destroyDrive } from './model/destroy-drive.js';
import { currentVersion, type Stamp } from './model/drive-node.js';
import type { Drive } from './model/drive.js';
import { drivesOf } from './model/drive-world.js';
import { dumpDrive } from './model/dump-drive.js';
import { liveDrive } from './model/live-drive.js';
import { mutateDrive } from './model/mutate-drive.js';
import { onItem } from './routes/address.js';
import { createChild, deleteItem, updateItem } from './routes/change-item.js';
import { copyItem, copyMonitor } from './routes/copy-item.js';
import { createUploadSession } from './routes/create-session.js';
import { driveDelta } from './routes/delta.js';
import { contentHost, getContent } from './routes/download.js';
import { driveRoutes } from './routes/drives.js';
import { getItem, listChildren } from './routes/get-item.js';
import { createLink, deletePermission, invite, listPermissions } from './routes/permissions.js';
import { uploadHost } from './routes/session-host.js';
import { putContent } from './routes/small-upload.js';
import { getVersionContent, listVersions, restoreVersion } from './routes/versions.js';

const itemActions = [
  getItem,
  listChildren,
  driveDelta,
  getContent,
  listVersions,
  getVersionContent,
  restoreVersion,
  putContent,
  createUploadSession,
  createChild,
  updateItem,
  deleteItem,
  copyItem,
  listPermissions,
  deletePermission,
  invite,
  createLink,
];

const routes: readonly Route[] = [
  ...driveRoutes,
  ...itemActions.flatMap(onItem),
  contentHost,
  ...uploadHost,
  copyMonitor,
];

/** OneDrive: a drive for every user who has one. */
export const driveWorkload: SimWorkload = {
  name: 'drive',
  routes,
  addUser: (tenant, user, population) => drivesOf(tenant).addUser(user, population),
  removeUser: (tenant, userId) => drivesOf(tenant).removeUser(userId),
  mutate: async (tenant, op) => {
    const user = typeof op.user === 'string' ? tenant.findUser(op.user) : undefined;
    const drive = user && drivesOf(tenant).ofUser(user.id);
    if (!drive) throw new ApiError(400, 'invalidRequest', "The operation's user does not exist or has no drive.");
    return mutateDrive(drive, drivesOf(tenant).library, op, ownersStamp(tenant, drive));
  },
  live: (tenant, user, rng) => {
    const world = drivesOf(tenant);
    const drive = world.ofUser(user.id);
    if (!drive) return { did: 'nothing' };
    return liveDrive(
      { drive, library: world.library, tenantName: tenant.rng.name, stamp: ownersStamp(tenant, drive) },
      rng,
    );
  },
  destroy: (tenant, user, rng, share) => {
    const drive = drivesOf(tenant).ofUser(user.id);
    return drive ? destroyDrive(drive, ownersStamp(tenant, drive), rng, share) : { did: 'nothing' };
  },
  usage: (tenant, userId) => {
    const drive = drivesOf(tenant).ofUser(userId);
    return drive && usageOf(drive);
  },
  dump: (tenant, userId) => {
    const drive = drivesOf(tenant).ofUser(userId);
    return drive ? dumpDrive(tenant.id, drive) : [];
  },
};

function usageOf(drive: Drive): Usage {
  let items = 0;
  let bytes = 0;
  for (const node of drive.items()) {
    if (node.kind !== 'file') continue;
    items += 1;
    bytes += currentVersion(node).content.size;
  }
  return { items, bytes };
}

function ownersStamp(tenant: SimTenant, drive: Drive): Stamp {
  return { at: tenant.clock.now(), by: drive.owner };
}
