import { ApiError } from '../../core/api-error.js';
import type { RequestContext } from '../../core/route.js';

const DEFAULT_TOP = 10;
/** docs: graph/api/user-list-messages */
const MAX_TOP = 1000;

export interface Page<T> {
  readonly elements: readonly T[];
  readonly nextLink: string | undefined;
}

/** The part of a list that `$top` and `$skip` ask for, with the link to the rest. */
export function pageOf<T>(context: RequestContext, list: readonly T[]): Page<T> {
  const { top, skip = 0, raw } = context.request.query;
  const size = top ?? context.request.preferences.maxPageSize ?? DEFAULT_TOP;
  if (size < 1 || size > MAX_TOP) {
    const message = `The limit of ${MAX_TOP} for $top query has been exceeded or is below 1: ${size}.`;
    throw new ApiError(400, 'BadRequest', message);
  }
  const end = skip + size;
  const elements = list.slice(skip, end);
  if (end >= list.length) return { elements, nextLink: undefined };
  const options = [...raw].filter(([name]) => name !== '$skip');
  return { elements, nextLink: linkTo(context, [...options, ['$skip', String(end)]]) };
}

/** The same path with another query. */
export function linkTo(context: RequestContext, options: readonly (readonly [string, string])[]): string {
  const query = options.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return context.graphUrl(`${context.request.path}?${query}`);
}

/** A collection's body. */
export function collection(
  page: { readonly nextLink?: string | undefined; readonly deltaLink?: string },
  envelope: { readonly context: string; readonly count?: number | undefined; readonly value: readonly object[] },
): object {
  return {
    '@odata.context': envelope.context,
    ...(envelope.count === undefined ? {} : { '@odata.count': envelope.count }),
    ...(page.nextLink === undefined ? {} : { '@odata.nextLink': page.nextLink }),
    ...(page.deltaLink === undefined ? {} : { '@odata.deltaLink': page.deltaLink }),
    value: envelope.value,
  };
}
