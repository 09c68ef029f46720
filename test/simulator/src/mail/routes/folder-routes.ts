import { ApiError } from '../../core/api-error.js';
import { checkProperties, project, sortEntities } from '../../core/odata.js';
import { filterPaths, matchesFilter } from '../../core/odata-filter.js';
import type { RequestContext, Route, SimResponse } from '../../core/route.js';
import type { MailFolder } from '../model/mail-folder.js';
import type { Mailbox } from '../model/mailbox.js';
import { FOLDER_PROPERTIES, folderJson } from './folder-json.js';
import { binFolder, newFolder, changeFolder, requireOwnFolder, takeIn } from './folder-writes.js';
import { contextUrl, mailboxOf, READ, READ_BASIC, requireFolder, WRITE } from './open.js';
import { collection, pageOf } from './paging.js';
import { expandedPropertyIds, folderProperties, isPropertyExpand } from './property-json.js';

const FOLDERS = '/users/{user}/mailFolders';
const FOLDER = `${FOLDERS}/{folder}`;
const LIST_OPTIONS = ['$select', '$filter', '$top', '$skip', '$orderby', '$expand', '$count'] as const;

/** One folder with what `$select` and `$expand` ask for. */
function shown(context: RequestContext, mailbox: Mailbox, folder: MailFolder): Record<string, unknown> {
  const { select, expand } = context.request.query;
  checkProperties(select ?? [], FOLDER_PROPERTIES, 'microsoft.graph.mailFolder');
  const json = folderJson(mailbox, folder);
  for (const asked of expand) {
    if (asked.name === 'childFolders') {
      json.childFolders = visible(context, folder).map((child) => folderJson(mailbox, child));
    } else if (isPropertyExpand(asked)) {
      const found = folderProperties(mailbox, folder, expandedPropertyIds(asked));
      if (found.length > 0) json.singleValueExtendedProperties = found;
    } else
      throw new ApiError(
        400,
        'BadRequest',
        `Could not find a property named '${asked.name}' on type 'microsoft.graph.mailFolder'.`,
      );
  }
  return project(json, select, ['id', ...expand.map(({ name }) => name)]);
}

const visible = (context: RequestContext, folder: MailFolder): MailFolder[] => {
  const withHidden = context.request.query.raw.get('includeHiddenFolders') === 'true';
  return [...folder.children].filter((child) => withHidden || !child.isHidden);
};

function listChildren(context: RequestContext, parent: string): SimResponse {
  const mailbox = mailboxOf(context);
  const { query } = context.request;
  const children = visible(context, requireFolder(mailbox, parent));
  checkProperties(query.filter ? filterPaths(query.filter) : [], FOLDER_PROPERTIES, 'microsoft.graph.mailFolder');
  const matching = children.filter((folder) => {
    if (!query.filter) return true;
    const singleValueExtendedProperties = [...(folder.properties ?? [])].map(([id, value]) => ({ id, value }));
    return matchesFilter(query.filter, { ...folderJson(mailbox, folder), singleValueExtendedProperties });
  });
  const byId = new Map(matching.map((folder) => [folder.id, folder]));
  const sorted = sortEntities(
    query.orderBy.length > 0 ? matching.map((folder) => folderJson(mailbox, folder)) : [],
    query.orderBy,
  );
  const ordered = query.orderBy.length > 0 ? sorted.flatMap(({ id }) => byId.get(id ?? '') ?? []) : matching;
  const page = pageOf(context, ordered);
  const value = page.elements.map((folder) => shown(context, mailbox, folder));
  const count = query.count ? ordered.length : undefined;
  return { status: 200, body: collection(page, { context: contextUrl(context, 'mailFolders'), count, value }) };
}

function one(context: RequestContext, mailbox: Mailbox, folder: MailFolder, status: 200 | 201): SimResponse {
  return {
    status,
    body: { '@odata.context': contextUrl(context, 'mailFolders/$entity'), ...shown(context, mailbox, folder) },
  };
}

async function create(context: RequestContext, parent: string): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const folder = newFolder(mailbox, requireFolder(mailbox, parent), await context.request.json());
  return one(context, mailbox, folder, 201);
}

async function relocate(context: RequestContext, how: 'move' | 'copy'): Promise<SimResponse> {
  const mailbox = mailboxOf(context);
  const { destinationId } = await context.request.json();
  const folder = requireOwnFolder(requireFolder(mailbox, context.request.params.folder));
  const target = requireFolder(mailbox, typeof destinationId === 'string' ? destinationId : undefined);
  return one(context, mailbox, takeIn(mailbox, folder, target, how), 201);
}

function remove(context: RequestContext, isPermanent: boolean): SimResponse {
  const mailbox = mailboxOf(context);
  const folder = requireOwnFolder(requireFolder(mailbox, context.request.params.folder));
  if (isPermanent || folder.search) mailbox.removeFolder(folder);
  else binFolder(mailbox, folder);
  return { status: 204 };
}

const outlook = { bucket: 'outlook' } as const;

/** Folders of a mailbox (docs: graph/api/user-list-mailfolders and the pages beside it). */
export const folderRoutes: readonly Route[] = [
  {
    ...outlook,
    method: 'GET',
    pattern: FOLDERS,
    permissions: READ_BASIC,
    options: LIST_OPTIONS,
    handle: async (context) => listChildren(context, 'msgfolderroot'),
  },
  {
    ...outlook,
    method: 'POST',
    pattern: FOLDERS,
    permissions: WRITE,
    handle: async (context) => create(context, 'msgfolderroot'),
  },
  {
    ...outlook,
    method: 'GET',
    pattern: FOLDER,
    permissions: READ_BASIC,
    options: ['$select', '$expand'],
    handle: async (context) => {
      const mailbox = mailboxOf(context);
      return one(context, mailbox, requireFolder(mailbox, context.request.params.folder), 200);
    },
  },
  {
    ...outlook,
    method: 'PATCH',
    pattern: FOLDER,
    permissions: WRITE,
    handle: async (context) => {
      const mailbox = mailboxOf(context);
      const folder = requireFolder(mailbox, context.request.params.folder);
      changeFolder(mailbox, folder, await context.request.json());
      return one(context, mailbox, folder, 200);
    },
  },
  {
    ...outlook,
    method: 'DELETE',
    pattern: FOLDER,
    permissions: WRITE,
    handle: async (context) => remove(context, false),
  },
  {
    ...outlook,
    method: 'POST',
    pattern: `${FOLDER}/permanentDelete`,
    permissions: WRITE,
    handle: async (context) => remove(context, true),
  },
  {
    ...outlook,
    method: 'POST',
    pattern: `${FOLDER}/move`,
    permissions: WRITE,
    handle: async (context) => relocate(context, 'move'),
  },
  {
    ...outlook,
    method: 'POST',
    pattern: `${FOLDER}/copy`,
    permissions: WRITE,
    handle: async (context) => relocate(context, 'copy'),
  },
  {
    ...outlook,
    method: 'GET',
    pattern: `${FOLDER}/childFolders`,
    permissions: READ,
    options: LIST_OPTIONS,
    handle: async (context) => listChildren(context, context.request.params.folder ?? ''),
  },
  {
    ...outlook,
    method: 'POST',
    pattern: `${FOLDER}/childFolders`,
    permissions: WRITE,
    handle: async (context) => create(context, context.request.params.folder ?? ''),
  },
];
