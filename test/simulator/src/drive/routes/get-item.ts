import { ApiError } from '../../core/api-error.js';
import type { ODataQuery, OrderBy } from '../../core/odata.js';
import { sortEntities } from '../../core/odata.js';
import type { DriveNode } from '../model/drive-node.js';
import { isContainer } from '../model/drive-node.js';
import { addressedContainer, addressedItem, type DriveAction, type DriveCall, READ_FILES } from './address.js';
import { isNotModified } from './item-tags.js';
import { checkSelect, itemJson, type ItemView } from './item-json.js';
import { isListed } from './shortcuts.js';
import { pageSize } from './page-size.js';
import { permissionsOf } from './permission-json.js';
import { versionsOf } from './version-json.js';

/** docs: graph/onedrive optional query parameters: on Business drives only name and url can be sorted by. */
const SORTABLE: ReadonlySet<string> = new Set(['name', 'url']);

/** One item (docs: graph/api/driveitem-get). */
export const getItem: DriveAction = {
  method: 'GET',
  suffix: '',
  permissions: READ_FILES,
  options: ['$select', '$expand'],
  cost: ({ query }) => readCost(query, 1),
  handle: async (call) => {
    const node = addressedItem(call);
    if (isNotModified(call.request, node)) return { status: 304 };
    const context = { '@odata.context': call.context.graphUrl('/$metadata#drives/items/$entity') };
    return { status: 200, body: { ...context, ...expandedJson(call, viewOf(call), node) } };
  },
};

/** What a folder holds (docs: graph/api/driveitem-list-children). */
export const listChildren: DriveAction = {
  method: 'GET',
  suffix: '/children',
  permissions: READ_FILES,
  options: ['$select', '$expand', '$top', '$orderby', '$skiptoken'],
  cost: ({ query }) => readCost(query, 2),
  handle: async (call) => {
    const { context, query, request } = call;
    const children = inOrder(
      [...addressedContainer(call).children.values()].filter((node) => isListed(call, node)),
      query.orderBy,
    );
    const from = Number(query.raw.get('$skiptoken') ?? 0);
    if (!Number.isSafeInteger(from) || from < 0)
      throw new ApiError(400, 'invalidRequest', 'The skip token is not valid.');
    const to = from + pageSize(query.top);
    const view = viewOf(call);
    const options = [...query.raw]
      .filter(([name]) => name !== '$skiptoken')
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const nextLink = context.graphUrl(`${request.path}?${[...options, `$skiptoken=${to}`].join('&')}`);
    return {
      status: 200,
      body: {
        '@odata.context': context.graphUrl('/$metadata#Collection(driveItem)'),
        ...(to < children.length ? { '@odata.nextLink': nextLink } : {}),
        value: children.slice(from, to).map((node) => expandedJson(call, view, node)),
      },
    };
  },
};

/** Any touch of permissions costs five (docs: SharePoint throttling page). */
function readCost(query: ODataQuery, cost: number): number {
  return query.expand.some(({ name }) => name === 'permissions') ? 5 : cost;
}

/** The view that an answer about single items has. */
export function viewOf({ context, world, drive, query }: DriveCall): ItemView {
  checkSelect(query.select);
  return { context, world, drive, select: query.select, isDelta: false };
}

function expandedJson(call: DriveCall, view: ItemView, node: DriveNode): Record<string, unknown> {
  const item = itemJson(view, node);
  for (const { name, options } of call.query.expand) {
    if (name === 'permissions') item.permissions = permissionsOf(call, node);
    else if (name === 'versions' && node.kind === 'file') item.versions = versionsOf(node);
    else if (name === 'children' && isContainer(node)) {
      const inner = { ...view, select: options.select };
      checkSelect(options.select);
      item.children = [...node.children.values()]
        .slice(0, pageSize(options.top))
        .map((child) => itemJson(inner, child));
    } else if (name !== 'children' && name !== 'versions') {
      throw new ApiError(400, 'notSupported', `Expanding '${name}' is not supported.`);
    }
  }
  return item;
}

function inOrder(children: readonly DriveNode[], orderBy: readonly OrderBy[]): readonly DriveNode[] {
  for (const { path } of orderBy) {
    if (!SORTABLE.has(path)) throw new ApiError(400, 'invalidRequest', `Sorting by '${path}' is not supported.`);
  }
  const byName =
    orderBy.length === 0 ? [{ path: 'name', descending: false }] : orderBy.map((by) => ({ ...by, path: 'name' }));
  return sortEntities(children, byName);
}
