import { ApiError } from './api-error.js';

export type FilterValue = string | number | boolean | null;
type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
type TextFunction = 'startswith' | 'endswith' | 'contains';

/** A parsed `$filter` (docs: graph/filter-query-parameter). Property paths use `/`. */
export type Filter =
  | { readonly kind: 'compare'; readonly path: string; readonly operator: Comparison; readonly value: FilterValue }
  | { readonly kind: 'in'; readonly path: string; readonly values: readonly FilterValue[] }
  | { readonly kind: 'text'; readonly path: string; readonly test: TextFunction; readonly value: string }
  /** `path/any(variable: inner)`; `inner` names the element's properties without the variable. */
  | { readonly kind: 'any'; readonly path: string; readonly inner: Filter }
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly inner: Filter };

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const TEXT_FUNCTIONS: ReadonlySet<string> = new Set(['startswith', 'endswith', 'contains']);
const isComparison = (word: string): word is Comparison => COMPARISONS.has(word);
const isTextFunction = (word: string): word is TextFunction => TEXT_FUNCTIONS.has(word);

const TOKEN = /\s*(?:('(?:[^']|'')*')|([(),])|([^\s(),']+))/y;

function refuse(text: string): never {
  throw new ApiError(400, 'BadRequest', `Invalid filter clause: '${text}' is not supported.`);
}

class FilterParser {
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(private readonly text: string) {
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const match = TOKEN.exec(text);
      if (!match) refuse(text);
      this.#tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
    }
  }

  parse(): Filter {
    const filter = this.#or();
    if (this.#next !== this.#tokens.length) refuse(this.text);
    return filter;
  }

  #take(): string {
    const token = this.#tokens[this.#next++];
    return token ?? refuse(this.text);
  }

  #accept(word: string): boolean {
    if (this.#tokens[this.#next]?.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#accept(word)) refuse(this.text);
  }

  #or(): Filter {
    let left = this.#and();
    while (this.#accept('or')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Filter {
    let left = this.#unary();
    while (this.#accept('and')) left = { kind: 'and', left, right: this.#unary() };
    return left;
  }

  #unary(): Filter {
    if (this.#accept('not')) return { kind: 'not', inner: this.#unary() };
    if (this.#accept('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    return this.#test();
  }

  #test(): Filter {
    const word = this.#take();
    const lower = word.toLowerCase();
    if (isTextFunction(lower)) {
      this.#expect('(');
      const path = this.#take();
      this.#expect(',');
      const value = this.#literal();
      this.#expect(')');
      return typeof value === 'string' ? { kind: 'text', path, test: lower, value } : refuse(this.text);
    }
    if (lower.endsWith('/any') && this.#accept('(')) return this.#any(word.slice(0, -'/any'.length));
    const operator = this.#take().toLowerCase();
    if (operator === 'in') return { kind: 'in', path: word, values: this.#list() };
    if (!isComparison(operator)) refuse(this.text);
    return { kind: 'compare', path: word, operator, value: this.#literal() };
  }

  /** Behind `path/any(`: `variable: test)`. */
  #any(path: string): Filter {
    const [variable = '', ...rest] = this.#take().split(':');
    // `ep:ep/id` comes as one token, `ep: ep/id` as two.
    const glued = rest.join(':');
    if (glued !== '') this.#tokens.splice(this.#next, 0, glued);
    const inner = withoutVariable(this.#or(), variable);
    this.#expect(')');
    return { kind: 'any', path, inner };
  }

  #list(): FilterValue[] {
    this.#expect('(');
    const values = [this.#literal()];
    while (this.#accept(',')) values.push(this.#literal());
    this.#expect(')');
    return values;
  }

  #literal(): FilterValue {
    const token = this.#take();
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token);
    // Bare GUIDs and instants are compared as text; Graph's instants sort as text once written alike.
    if (/^\d{4}-\d\d-\d\dT/.test(token)) return normalInstant(token) ?? refuse(this.text);
    if (/^[0-9a-fA-F-]{36}$/.test(token)) return token.toLowerCase();
    return refuse(this.text);
  }
}

function withoutVariable(filter: Filter, variable: string): Filter {
  if ('left' in filter) {
    return { ...filter, left: withoutVariable(filter.left, variable), right: withoutVariable(filter.right, variable) };
  }
  if (filter.kind === 'not') return { kind: 'not', inner: withoutVariable(filter.inner, variable) };
  if (!filter.path.startsWith(`${variable}/`)) refuse(filter.path);
  return { ...filter, path: filter.path.slice(variable.length + 1) };
}

/** Parses a `$filter`; 400 for what the simulated calls do not take. */
export function parseFilter(text: string): Filter {
  return new FilterParser(text).parse();
}

/** Every property path that the filter names, to be checked against what a call supports. */
export function filterPaths(filter: Filter): string[] {
  if (filter.kind === 'not') return filterPaths(filter.inner);
  if ('left' in filter) return [...filterPaths(filter.left), ...filterPaths(filter.right)];
  return [filter.path];
}

/** Whether the entity passes. Text compares without case, as Exchange and the directory do; a missing property is null. */
export function matchesFilter(filter: Filter, entity: object): boolean {
  switch (filter.kind) {
    case 'and':
      return matchesFilter(filter.left, entity) && matchesFilter(filter.right, entity);
    case 'or':
      return matchesFilter(filter.left, entity) || matchesFilter(filter.right, entity);
    case 'not':
      return !matchesFilter(filter.inner, entity);
    case 'any': {
      const elements = valueAt(entity, filter.path);
      return Array.isArray(elements) && elements.some((element: object) => matchesFilter(filter.inner, element));
    }
    case 'in':
      return filter.values.some((value) => order(valueAt(entity, filter.path), value) === 0);
    case 'text':
      return passesText(filter.test, valueAt(entity, filter.path), filter.value);
    case 'compare':
      return passes(filter.operator, order(valueAt(entity, filter.path), filter.value));
  }
}

/** The property at a path such as `from/emailAddress/address`; null when absent. */
export function valueAt(entity: object, path: string): unknown {
  let value: unknown = entity;
  for (const name of path.split('/')) {
    if (typeof value !== 'object' || value === null) return null;
    value = Reflect.get(value, name) ?? null;
  }
  return value;
}

function normalInstant(text: string): string | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** Negative, zero or positive; NaN when the two cannot be ordered, which passes no comparison but `ne`. */
export function order(left: unknown, right: FilterValue): number {
  if (left === null || right === null) return left === right ? 0 : Number.NaN;
  if (typeof left === 'string' && typeof right === 'string') {
    const a = /^\d{4}-\d\d-\d\dT/.test(left) ? (normalInstant(left) ?? left) : left.toLowerCase();
    const b = /^\d{4}-\d\d-\d\dT/.test(right) ? (normalInstant(right) ?? right) : right.toLowerCase();
    return a < b ? -1 : Number(a > b);
  }
  if (typeof left !== typeof right) return Number.NaN;
  return Number(left) - Number(right);
}

function passes(operator: Comparison, compared: number): boolean {
  switch (operator) {
    case 'eq':
      return compared === 0;
    case 'ne':
      return compared !== 0;
    case 'gt':
      return compared > 0;
    case 'ge':
      return compared >= 0;
    case 'lt':
      return compared < 0;
    case 'le':
      return compared <= 0;
  }
}

function passesText(test: TextFunction, found: unknown, wanted: string): boolean {
  if (typeof found !== 'string') return false;
  const text = found.toLowerCase();
  const part = wanted.toLowerCase();
  if (test === 'startswith') return text.startsWith(part);
  return test === 'endswith' ? text.endsWith(part) : text.includes(part);
}
