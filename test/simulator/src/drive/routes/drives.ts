import type { Drive as DriveAnswer } from '@microsoft/microsoft-graph-types';
import { requireDriveUser } from '../../core/find-user.js';
import type { RequestContext, Route } from '../../core/route.js';
import { project } from '../../core/odata.js';
import { isoSeconds } from '../../core/sim-clock.js';
import type { Drive } from '../model/drive.js';
import { drivesOf, type DriveWorld } from '../model/drive-world.js';
import { type DriveAction, notFound, onDrive, READ_FILES } from './address.js';
import { identity, webUrlOf } from './item-json.js';

/** docs: graph/api/drive-get */
const getDrive: DriveAction = {
  method: 'GET',
  suffix: '',
  permissions: READ_FILES,
  options: ['$select'],
  cost: () => 1,
  handle: async ({ context, world, drive, query }) => ({
    status: 200,
    body: {
      '@odata.context': context.graphUrl('/$metadata#drives/$entity'),
      ...project(driveJson(context, world, drive, query.select), query.select),
    },
  }),
};

/** A person has one drive (docs: graph/api/drive-list). */
const listDrives: Route = {
  method: 'GET',
  pattern: '/users/{user}/drives',
  permissions: READ_FILES,
  bucket: 'sharepoint',
  options: ['$select', '$expand', '$top', '$orderby', '$skiptoken'],
  cost: () => 2,
  handle: async (context) => {
    const world = drivesOf(context.tenant);
    const drive = world.ofUser(requireDriveUser(context.tenant, context.request.params.user ?? '').id) ?? notFound();
    const { select } = context.request.query;
    const value = [project(driveJson(context, world, drive, select), select)];
    return { status: 200, body: { '@odata.context': context.graphUrl('/$metadata#drives'), value } };
  },
};

export const driveRoutes: readonly Route[] = [...onDrive(getDrive), listDrives];

function driveJson(
  context: RequestContext,
  world: DriveWorld,
  drive: Drive,
  select: readonly string[] | undefined,
): DriveAnswer {
  const view = { context, world, drive, select, isDelta: false };
  const { id, displayName, userPrincipalName } = world.userOf(drive);
  // The quota adds up every file, so it is worked out only for those who ask.
  const isQuotaWanted = !select || select.includes('quota');
  return {
    createdDateTime: isoSeconds(drive.createdAt),
    description: '',
    id: drive.id,
    lastModifiedDateTime: isoSeconds(drive.root.modified.at),
    name: 'OneDrive',
    webUrl: webUrlOf(view, drive.root),
    driveType: 'business',
    createdBy: identity({ kind: 'user', id: 'system', displayName: 'System Account' }),
    owner: { user: { id, displayName, ...{ email: userPrincipalName } } },
    ...(isQuotaWanted ? { quota: quotaOf(drive) } : {}),
  };
}

function quotaOf(drive: Drive) {
  const used = drive.sizeOf(drive.root);
  return {
    deleted: 0,
    remaining: Math.max(0, drive.quotaBytes - used),
    state: 'normal',
    total: drive.quotaBytes,
    used,
  };
}
