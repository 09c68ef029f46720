import { ApiError } from '../../core/api-error.js';
import { requireDriveUser } from '../../core/find-user.js';
import type { ODataQuery } from '../../core/odata.js';
import type { Method, ODataOption, RequestContext, Route, SimRequest, SimResponse } from '../../core/route.js';
import { type ContainerNode, type DriveNode, type FileNode, isContainer } from '../model/drive-node.js';
import type { Drive } from '../model/drive.js';
import { drivesOf, type DriveWorld } from '../model/drive-world.js';

/** Least privileges for files and what includes them (docs: graph/permissions-reference; permissions.json). */
export const READ_FILES = [
  'Files.Read.All',
  'Files.ReadWrite.All',
  'Sites.Read.All',
  'Sites.ReadWrite.All',
  'Sites.Manage.All',
  'Sites.FullControl.All',
] as const;
export const WRITE_FILES = [
  'Files.ReadWrite.All',
  'Sites.ReadWrite.All',
  'Sites.Manage.All',
  'Sites.FullControl.All',
] as const;

const DRIVES = ['/drives/{drive}', '/users/{user}/drive'] as const;
/** docs: graph/onedrive-addressing-driveitems */
const ITEMS = ['/root', '/root:/{path}', '/items/{item}', '/items/{item}:/{path}'] as const;

/** A request that was led to its drive. */
export interface DriveCall {
  readonly context: RequestContext;
  readonly request: SimRequest;
  readonly query: ODataQuery;
  readonly world: DriveWorld;
  readonly drive: Drive;
}

export interface DriveAction {
  readonly method: Method;
  /** Behind the drive or item: `/children`, or nothing. */
  readonly suffix: string;
  readonly permissions: readonly string[];
  readonly options?: readonly ODataOption[];
  /** Resource units (docs: SharePoint throttling page, table of costs). */
  cost(request: SimRequest): number;
  handle(call: DriveCall): Promise<SimResponse>;
}

/** The action on a drive, however the drive is named. */
export function onDrive(action: DriveAction): Route[] {
  return DRIVES.map((drive) => toRoute(`${drive}${action.suffix}`, action));
}

/** The action on an item, however drive and item are named. */
export function onItem(action: DriveAction): Route[] {
  return DRIVES.flatMap((drive) =>
    ITEMS.map((item) => {
      const colon = item.endsWith('{path}') && action.suffix !== '' ? ':' : '';
      return toRoute(`${drive}${item}${colon}${action.suffix}`, action);
    }),
  );
}

function toRoute(pattern: string, action: DriveAction): Route {
  return {
    method: action.method,
    pattern,
    permissions: action.permissions,
    bucket: 'sharepoint',
    options: action.options ?? [],
    cost: (request) => action.cost(request),
    handle: async (context) => {
      const { request } = context;
      const world = drivesOf(context.tenant);
      return action.handle({ context, request, query: request.query, world, drive: driveNamed(context, world) });
    },
  };
}

function driveNamed({ request: { params }, tenant }: RequestContext, world: DriveWorld): Drive {
  const { user, drive: driveId } = params;
  const drive = user === undefined ? world.byId(driveId ?? '') : world.ofUser(requireDriveUser(tenant, user).id);
  return drive ?? notFound();
}

/** Names of the path part of the address; empty without one. */
export function pathNames(request: SimRequest): string[] {
  return (request.params.path ?? '').split('/').filter((name) => name !== '');
}

/** The item that the path starts at: the root or the one named by id. */
export function startItem({ drive, request }: DriveCall): DriveNode {
  const { item } = request.params;
  return item === undefined ? drive.root : (drive.get(item) ?? notFound());
}

/** The item that the address names; 404 itemNotFound otherwise. */
export function addressedItem(call: DriveCall): DriveNode {
  return call.drive.at(startItem(call), pathNames(call.request)) ?? notFound();
}

export function addressedFile(call: DriveCall): FileNode {
  const node = addressedItem(call);
  if (node.kind === 'file') return node;
  throw new ApiError(400, 'invalidRequest', 'The requested operation is valid for files only.');
}

export function addressedContainer(call: DriveCall): ContainerNode {
  const node = addressedItem(call);
  if (isContainer(node)) return node;
  throw new ApiError(400, 'invalidRequest', 'The requested operation is valid for folders only.');
}

/** What a small upload or an upload session is aimed at: an item that is there, or a free name in a folder. */
export type Aim = { readonly item: DriveNode } | { readonly parent: ContainerNode; readonly name: string };

export function aimOf(call: DriveCall): Aim {
  const names = pathNames(call.request);
  const item = call.drive.at(startItem(call), names);
  if (item) return { item };
  const name = names.pop();
  const parent = call.drive.at(startItem(call), names);
  return name !== undefined && parent && isContainer(parent) ? { parent, name } : notFound();
}

export function notFound(): never {
  throw new ApiError(404, 'itemNotFound', 'The resource could not be found.');
}
