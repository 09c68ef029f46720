import { ApiError } from '../api-error.js';
import { requireUser } from '../find-user.js';
import { filterPaths, matchesFilter, type Filter } from '../odata-filter.js';
import { checkProperties, project, sortEntities, type ODataQuery } from '../odata.js';
import type { RequestContext, Route, SimRequest, SimResponse } from '../route.js';
import { decodeToken, encodeToken } from './page-token.js';
import { directoryOf, type TenantDirectory } from './tenant-directory.js';
import { DEFAULT_USER_PROPERTIES, USER_PROPERTIES, userJson } from './user-json.js';

export const READ_USERS = [
  'User.Read.All',
  'User.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
] as const;

/** What User.ReadBasic.All shows of a user (docs: graph/permissions-reference). */
const BASIC: ReadonlySet<string> = new Set(['id', 'displayName', 'givenName', 'surname', 'mail', 'userPrincipalName']);

const DEFAULT_PAGE = 100;
const MAX_PAGE = 999;

/** `GET users` 2 units, one user 1; less with `$select` and a small `$top`, at least 1 (docs: graph/throttling-limits, identity). */
function identityCost(base: number, { query }: SimRequest): number {
  const cheaper = (query.select ? 1 : 0) + (query.top !== undefined && query.top < 20 ? 1 : 0);
  return Math.max(1, base - cheaper + (query.expand.length > 0 ? 1 : 0));
}

/** Filters that the directory only takes as advanced queries (docs: graph/aad-advanced-queries). */
function isAdvanced(filter: Filter): boolean {
  switch (filter.kind) {
    case 'not':
      return true;
    case 'and':
    case 'or':
      return isAdvanced(filter.left) || isAdvanced(filter.right);
    case 'text':
      return filter.test !== 'startswith';
    case 'compare':
      return filter.operator === 'ne';
    case 'in':
    case 'any':
      return false;
  }
}

function checkQuery(request: SimRequest, query: ODataQuery): void {
  checkProperties(query.select ?? [], USER_PROPERTIES, 'microsoft.graph.user');
  checkProperties(
    query.orderBy.map(({ path }) => path),
    USER_PROPERTIES,
    'microsoft.graph.user',
  );
  if (!query.filter) return;
  checkProperties(filterPaths(query.filter), USER_PROPERTIES, 'microsoft.graph.user');
  const isEventual = request.headers['consistencylevel']?.toLowerCase() === 'eventual' && query.count;
  if (isAdvanced(query.filter) && !isEventual)
    throw new ApiError(
      400,
      'Request_UnsupportedQuery',
      'Unsupported Query. Advanced queries need ConsistencyLevel: eventual and $count=true.',
    );
}

function shown(context: RequestContext, tenant: TenantDirectory): Record<string, unknown>[] {
  const { query } = context.request;
  const users = [...tenant.users.values()].map((user) => userJson(tenant, user));
  const { filter } = query;
  const passed = filter ? users.filter((user) => matchesFilter(filter, user)) : users;
  const isBasicOnly = !READ_USERS.some((role) => context.principal.roles.has(role));
  const fields = query.select ?? DEFAULT_USER_PROPERTIES;
  const allowed = isBasicOnly ? fields.filter((field) => BASIC.has(field)) : fields;
  return sortEntities(passed, query.orderBy).map((user) => project(user, allowed));
}

async function listUsers(context: RequestContext): Promise<SimResponse> {
  const { request } = context;
  const { query } = request;
  checkQuery(request, query);
  if (query.top !== undefined && (query.top < 1 || query.top > MAX_PAGE))
    throw new ApiError(
      400,
      'Request_UnsupportedQuery',
      `Invalid page size specified: '${query.top}'. Must be between 1 and 999 inclusive.`,
    );
  const users = shown(context, directoryOf(context.tenant));
  const token = query.raw.get('$skiptoken');
  const start = token === undefined ? 0 : Number(decodeToken(token)['at']);
  const end = start + (query.top ?? DEFAULT_PAGE);
  const isEventual = request.headers['consistencylevel']?.toLowerCase() === 'eventual';
  return {
    status: 200,
    body: {
      '@odata.context': context.graphUrl('/$metadata#users'),
      ...(query.count && isEventual ? { '@odata.count': users.length } : {}),
      ...(end < users.length ? { '@odata.nextLink': nextLink(context, encodeToken({ at: end })) } : {}),
      value: users.slice(start, end),
    },
  };
}

/** The same query with another `$skiptoken`. */
function nextLink(context: RequestContext, token: string): string {
  const parameters = [...context.request.query.raw].filter(([name]) => name !== '$skiptoken');
  const query = [...parameters, ['$skiptoken', token]].map(
    ([name = '', value = '']) => `${name}=${encodeURIComponent(value)}`,
  );
  return context.graphUrl(`${context.request.path}?${query.join('&')}`);
}

async function countUsers(context: RequestContext): Promise<SimResponse> {
  checkQuery(context.request, { ...context.request.query, count: true });
  if (context.request.headers['consistencylevel']?.toLowerCase() !== 'eventual')
    throw new ApiError(400, 'Request_BadRequest', '$count is not currently supported.');
  const { filter } = context.request.query;
  const tenant = directoryOf(context.tenant);
  const all = [...tenant.users.values()];
  const passed = filter ? all.filter((user) => matchesFilter(filter, userJson(tenant, user))) : all;
  return { status: 200, body: String(passed.length) };
}

async function getUser(context: RequestContext): Promise<SimResponse> {
  const { request } = context;
  const tenant = directoryOf(context.tenant);
  checkProperties(request.query.select ?? [], USER_PROPERTIES, 'microsoft.graph.user');
  const user = requireUser(tenant, request.params['user'] ?? '');
  const entity = project(userJson(tenant, user), request.query.select ?? DEFAULT_USER_PROPERTIES);
  return { status: 200, body: { '@odata.context': context.graphUrl('/$metadata#users/$entity'), ...entity } };
}

async function licenseDetails(context: RequestContext): Promise<SimResponse> {
  const tenant = directoryOf(context.tenant);
  const user = requireUser(tenant, context.request.params['user'] ?? '');
  const value = tenant.skusOf(user).map(({ skuId, skuPartNumber, plans }) => ({
    id: Buffer.from(`${user.id}${skuId}`).toString('base64url').slice(0, 43),
    skuId,
    skuPartNumber,
    servicePlans: plans.map(({ servicePlanId, servicePlanName }) => ({
      servicePlanId,
      servicePlanName,
      provisioningStatus: 'Success',
      appliesTo: 'User',
    })),
  }));
  const path = `/$metadata#users('${user.id}')/licenseDetails`;
  return { status: 200, body: { '@odata.context': context.graphUrl(path), value } };
}

/** Users and their licences (docs: graph/api/user-list, user-get, user-list-licensedetails). */
export const userRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/users',
    permissions: [...READ_USERS, 'User.ReadBasic.All'],
    bucket: 'identity',
    options: ['$select', '$filter', '$top', '$count', '$orderby', '$skiptoken'],
    cost: (request) => identityCost(2, request),
    handle: listUsers,
  },
  {
    method: 'GET',
    pattern: '/users/$count',
    permissions: READ_USERS,
    bucket: 'identity',
    options: ['$filter'],
    handle: countUsers,
  },
  {
    method: 'GET',
    pattern: '/users/{user}',
    permissions: READ_USERS,
    bucket: 'identity',
    options: ['$select'],
    cost: (request) => identityCost(1, request),
    handle: getUser,
  },
  {
    method: 'GET',
    pattern: '/users/{user}/licenseDetails',
    permissions: ['LicenseAssignment.Read.All', 'Directory.Read.All', 'User.Read.All', 'User.ReadWrite.All'],
    bucket: 'identity',
    options: ['$select'],
    handle: licenseDetails,
  },
];
