import { ApiError } from './api-error.js';
import { parseFilter, valueAt, type Filter } from './odata-filter.js';

export interface OrderBy {
  readonly path: string;
  readonly descending: boolean;
}

export interface Expand {
  /** `attachments`, `singleValueExtendedProperties`, `microsoft.graph.itemattachment/item`. */
  readonly name: string;
  /** Options in parentheses behind the name. */
  readonly options: ODataQuery;
}

/** A parsed query string. Absent options are undefined or empty. */
export interface ODataQuery {
  readonly select: readonly string[] | undefined;
  readonly filter: Filter | undefined;
  /** The text of `$filter`, for calls that take only fixed forms of it. */
  readonly filterText: string | undefined;
  readonly top: number | undefined;
  readonly skip: number | undefined;
  readonly orderBy: readonly OrderBy[];
  readonly expand: readonly Expand[];
  readonly count: boolean;
  /** Every parameter as it came, decoded: `$skiptoken`, `token`, `changeType`, `includeHiddenFolders` … */
  readonly raw: ReadonlyMap<string, string>;
}

export const EMPTY_QUERY: ODataQuery = {
  select: undefined,
  filter: undefined,
  filterText: undefined,
  top: undefined,
  skip: undefined,
  orderBy: [],
  expand: [],
  count: false,
  raw: new Map(),
};

/** Parses `a=b&$select=c`; refuses with 400 every `$` option that is not in `supported` (docs: graph/query-parameters). */
export function parseQuery(text: string, supported: ReadonlySet<string>): ODataQuery {
  if (text === '') return EMPTY_QUERY;
  const raw = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const key = name.startsWith('$') ? name.toLowerCase() : name;
    if (key.startsWith('$') && !supported.has(key)) refuseOption(name);
    if (key.startsWith('$') && raw.has(key)) throw bad(`Query option '${name}' was specified more than once.`);
    raw.set(key, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return fromOptions(raw);
}

/** Keeps the selected properties (and `always`, and annotations); everything when nothing was selected. */
export function project(
  entity: object,
  select: readonly string[] | undefined,
  always: readonly string[] = [],
): Record<string, unknown> {
  const entries = Object.entries(entity);
  if (!select || select.length === 0 || select.includes('*')) return Object.fromEntries(entries);
  const wanted = new Set([...select.map((path) => path.split('/')[0] ?? path), ...always]);
  return Object.fromEntries(entries.filter(([name]) => wanted.has(name) || name.startsWith('@odata.')));
}

/** Refuses a selected or filtered property that the type does not have, in Graph's words. */
export function checkProperties(paths: Iterable<string>, known: ReadonlySet<string>, type: string): void {
  for (const path of paths) {
    const name = path.split('/')[0] ?? path;
    if (name === '*' || known.has(name) || name.startsWith('@')) continue;
    throw bad(`Parsing OData Select and Expand failed: Could not find a property named '${name}' on type '${type}'.`);
  }
}

/** Orders entities as `$orderby` asks; stable, nulls first. */
export function sortEntities<T extends object>(entities: readonly T[], orderBy: readonly OrderBy[]): T[] {
  return entities.toSorted((left, right) => {
    for (const { path, descending } of orderBy) {
      const compared = compareValues(valueAt(left, path), valueAt(right, path));
      if (compared !== 0) return descending ? -compared : compared;
    }
    return 0;
  });
}

function compareValues(left: unknown, right: unknown): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  if (typeof left === 'string' && typeof right === 'string') return left.toLowerCase() < right.toLowerCase() ? -1 : 1;
  return Number(left) - Number(right);
}

function bad(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

function refuseOption(name: string): never {
  throw bad(`The query parameter '${name}' is not supported for this request.`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw bad(`The query string is not valid percent-encoding: '${text}'.`);
  }
}

function fromOptions(raw: ReadonlyMap<string, string>): ODataQuery {
  const filterText = raw.get('$filter');
  return {
    select: list(raw.get('$select')),
    filter: filterText === undefined ? undefined : parseFilter(filterText),
    filterText,
    top: wholeNumber('$top', raw.get('$top')),
    skip: wholeNumber('$skip', raw.get('$skip')),
    orderBy: parseOrderBy(raw.get('$orderby')),
    expand: parseExpand(raw.get('$expand')),
    count: raw.get('$count') === 'true',
    raw,
  };
}

function list(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw bad(`Invalid value '${text}' for ${name} query option found.`);
  return Number(text);
}

function parseOrderBy(text: string | undefined): OrderBy[] {
  return (list(text) ?? []).map((term) => {
    const [path = '', direction = 'asc', ...rest] = term.split(/\s+/);
    if (rest.length > 0 || !/^(asc|desc)$/i.test(direction)) throw bad(`Syntax error in $orderby at '${term}'.`);
    return { path, descending: direction.toLowerCase() === 'desc' };
  });
}

const NESTED: ReadonlySet<string> = new Set([
  '$select',
  '$filter',
  '$top',
  '$skip',
  '$orderby',
  '$expand',
  '$count',
  '$levels',
]);

/** `a,b($select=c;$filter=id eq 'x,y')`: commas and semicolons inside parentheses and quotes belong to the inner options. */
function parseExpand(text: string | undefined): Expand[] {
  if (text === undefined) return [];
  return splitOutside(text, ',').map((term) => {
    const open = term.indexOf('(');
    if (open < 0) return { name: term, options: EMPTY_QUERY };
    if (!term.endsWith(')')) throw bad(`Syntax error in $expand at '${term}'.`);
    const raw = new Map<string, string>();
    for (const option of splitOutside(term.slice(open + 1, -1), ';')) {
      const [name = '', ...value] = option.split('=');
      const key = name.trim().toLowerCase();
      if (!NESTED.has(key)) refuseOption(name);
      raw.set(key, value.join('='));
    }
    return { name: term.slice(0, open), options: fromOptions(raw) };
  });
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isQuoted = false;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (depth === 0 && char === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
