import { ApiError } from '../api-error.js';
import { checkProperties, project } from '../odata.js';
import type { RequestContext, Route, SimResponse } from '../route.js';
import { decodeToken, encodeToken } from './page-token.js';
import { directoryOf } from './tenant-directory.js';
import { DEFAULT_USER_PROPERTIES, USER_PROPERTIES, userJson } from './user-json.js';
import { READ_USERS } from './user-routes.js';

/** Directory tokens live seven days (docs: graph/delta-query-overview). */
const TOKEN_LIFE_MS = 7 * 86_400_000;
const PAGE = 100;

interface RoundState {
  /** Sequence after which the round goes on. */
  readonly after: number;
  /** A first round leaves out what was removed before it. */
  readonly isFirst: boolean;
  readonly select: readonly string[];
}

function startOf(context: RequestContext): RoundState {
  const { query } = context.request;
  const token = query.raw.get('$skiptoken') ?? query.raw.get('$deltatoken');
  if (token === undefined || token === '') {
    const select = query.select ?? DEFAULT_USER_PROPERTIES;
    checkProperties(select, USER_PROPERTIES, 'microsoft.graph.user');
    return { after: 0, isFirst: true, select };
  }
  if (token === 'latest')
    return {
      after: directoryOf(context.tenant).sequence,
      isFirst: true,
      select: query.select ?? DEFAULT_USER_PROPERTIES,
    };
  const state = decodeToken(token);
  const isStale = context.clock.now() - Number(state['issuedAt']) > TOKEN_LIFE_MS;
  if (isStale || context.fault('delta-lost')) throw resync(context);
  return {
    after: Number(state['after']),
    isFirst: state['isFirst'] === true,
    select: String(state['select']).split(','),
  };
}

/** 410 with a Location whose token is empty (docs: graph/delta-query-overview, "synchronization reset"). */
function resync(context: RequestContext): ApiError {
  const location = context.graphUrl('/users/delta?$deltatoken=');
  const message = 'The sync state generation is not found; a full synchronization is required.';
  return new ApiError(410, 'syncStateNotFound', message, { headers: { Location: location } });
}

async function delta(context: RequestContext): Promise<SimResponse> {
  const tenant = directoryOf(context.tenant);
  const { filterText } = context.request.query;
  if (filterText !== undefined && !/^(\s*(or\s+)?id eq '[^']+')+\s*$/i.test(filterText))
    throw new ApiError(400, 'Request_UnsupportedQuery', 'Only filters on id are supported for delta.');
  const wanted = new Set(Array.from(filterText?.matchAll(/'([^']+)'/g) ?? [], ([, id]) => id));
  const state = startOf(context);
  const changes = tenant.changesAfter(state.after, PAGE + 1);
  const page = changes.slice(0, PAGE);
  const value = page.flatMap(({ userId, removed }) => {
    if (wanted.size > 0 && !wanted.has(userId)) return [];
    const user = tenant.users.get(userId);
    if (user) return [project(userJson(tenant, user), state.select, ['id'])];
    return state.isFirst ? [] : [{ id: userId, '@removed': { reason: removed ?? 'changed' } }];
  });
  const hasMore = changes.length > PAGE;
  const token = encodeToken({
    after: page.at(-1)?.sequence ?? state.after,
    isFirst: hasMore && state.isFirst,
    select: state.select.join(','),
    issuedAt: context.clock.now(),
  });
  const link = hasMore ? { '@odata.nextLink': '$skiptoken' } : { '@odata.deltaLink': '$deltatoken' };
  const links = Object.entries(link).map(
    ([name, kind]) => [name, context.graphUrl(`/users/delta?${kind}=${token}`)] as const,
  );
  return {
    status: 200,
    body: { '@odata.context': context.graphUrl('/$metadata#users'), ...Object.fromEntries(links), value },
  };
}

/** Changes of users (docs: graph/api/user-delta, graph/delta-query-users). */
export const userDeltaRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/users/delta',
    permissions: READ_USERS,
    bucket: 'identity',
    options: ['$select', '$filter', '$skiptoken', '$deltatoken'],
    handle: delta,
  },
];
