import type { TenantIds } from './two-tenants.suite.js';

const WAIT_MS = 10_000;

/** One route, as the OpenAPI document tells of it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{tenantId}` and the like. */
  readonly path: string;
  /** Names of what may stand in the query. */
  readonly query: readonly string[];
  /** For callers without a key. */
  readonly isOpen: boolean;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

/** Every route that the installation documents: what is added to the API is walked without being named here. */
export async function operationsOf(url: string): Promise<readonly Operation[]> {
  const answer = await fetch(`${url}/api/v1/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, DocumentedOperation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, security, parameters = [] }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
      isOpen: security?.length === 0,
    })),
  );
}

export interface ApiCall {
  readonly key: string | undefined;
  /** What the path names. */
  readonly ids: Partial<TenantIds> & { readonly exportId: string };
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Calls a route; a stream is read for as long as it takes to see that it is one. */
export async function callApi(
  url: string,
  { method, path }: Operation,
  { key, ids, query = {}, body }: ApiCall,
): Promise<{ readonly status: number; readonly body: string }> {
  const names: Readonly<Record<string, string>> = ids;
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? 'x'));
  const search = new URLSearchParams(query).toString();
  const sent = method === 'GET' || method === 'DELETE' ? undefined : JSON.stringify(body ?? {});
  const answer = await fetch(`${url}${place}${search && `?${search}`}`, {
    method,
    signal: AbortSignal.timeout(WAIT_MS),
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(sent !== undefined && { 'content-type': 'application/json' }),
    },
    ...(sent !== undefined && { body: sent }),
  });
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    await answer.body?.cancel();
    return { status: answer.status, body: '' };
  }
  return { status: answer.status, body: await answer.text() };
}
