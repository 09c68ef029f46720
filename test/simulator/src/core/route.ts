import type { ODataQuery } from './odata.js';
import type { SimClock } from './sim-clock.js';
import type { SimTenant } from './tenant.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** Whose budget a request is counted against (docs: graph/throttling-limits, SharePoint throttling page). */
export type Bucket = 'outlook' | 'sharepoint' | 'identity' | 'none';

/** Who calls: from the checked token, or, on the content host, from the signed URL (then without roles). */
export interface Principal {
  readonly tenantId: string;
  readonly appId: string;
  readonly roles: ReadonlySet<string>;
}

export interface Preferences {
  /** `Prefer: IdType="ImmutableId"` (docs: graph/outlook-immutable-id). The server answers `Preference-Applied` itself. */
  readonly immutableIds: boolean;
  /** `Prefer: odata.maxpagesize=n` */
  readonly maxPageSize: number | undefined;
  /** Every preference by lower-case name; one without value is ''. */
  readonly all: ReadonlyMap<string, string>;
}

export interface SimRequest {
  readonly method: Method;
  /** Without origin, version and query: `/users/42/messages`. Still percent-encoded. */
  readonly path: string;
  /** Decoded values of the pattern's names and of named function arguments. `path` of `root:/{path}:` keeps its slashes. */
  readonly params: Readonly<Record<string, string>>;
  /** Parsed by the route's {@link Route.options}. */
  readonly query: ODataQuery;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly preferences: Preferences;
  /** Bytes announced by Content-Length; undefined when chunked. */
  readonly contentLength: number | undefined;
  /** Scheme, host and port that the client used: `https://127.0.0.1:8443`. */
  readonly origin: string;
  /** The whole body; 413 beyond `maxBytes` (default 64 MiB). May be called twice. */
  body(maxBytes?: number): Promise<Buffer>;
  /** The body as it arrives; once, and not together with {@link body}. */
  bodyStream(): AsyncIterable<Uint8Array>;
  /** The body as a JSON object; 400 BadRequest for anything else. */
  json(): Promise<Record<string, unknown>>;
}

export interface SimResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; a string as text/plain unless a header says otherwise. Streams are sent with backpressure. */
  readonly body?: object | string | Buffer | AsyncIterable<Uint8Array>;
}

/** Named troubles that a workload has to act out itself when the fault script asks for them. */
export type WorkloadFault =
  'delta-lost' | 'delta-duplicates' | 'delta-replayed' | 'delta-reordered' | 'delta-missed-move' | 'delta-missing-item';

export interface RequestContext {
  readonly request: SimRequest;
  readonly principal: Principal;
  readonly tenant: SimTenant;
  readonly clock: SimClock;
  /** True when a rule of the fault script asks for this trouble in this request; each call uses up one of the rule's times. */
  readonly fault: (name: WorkloadFault) => boolean;
  /** An absolute URL at the host that the client used: `graphUrl('/users/42/messages/delta?$skiptoken=x')`. */
  readonly graphUrl: (pathAndQuery: string) => string;
  /**
   * An absolute URL at the content host that needs (and allows) no token: signed for this tenant and app, refused with 401
   * after `validMs` of the simulator's time. `path` is that of a route with `host: 'content'`; it may carry a query.
   */
  readonly contentUrl: (path: string, validMs: number) => string;
}

/**
 * One call that the simulator answers.
 *
 * Patterns: literals match in any case; `{name}` matches one segment; `users('42')` in a URL is the same as `users/42`;
 * `delta`, `delta()`, `microsoft.graph.delta()` and `delta(token='x')` all match the literal `delta` (arguments go to params);
 * `root:/{path}:/content` and `items/{item}:/{path}` take OneDrive's path addressing.
 * More specific patterns (literals) win over `{name}`.
 */
export interface Route {
  readonly method: Method;
  /** Without version: `/users/{user}/mailFolders/{folder}/messages/delta`. */
  readonly pattern: string;
  /** Application permissions, any one of which suffices; empty on the content host only. */
  readonly permissions: readonly string[];
  readonly bucket: Bucket;
  /** Default 'graph'. Content routes refuse an Authorization header and need a URL made by {@link RequestContext.contentUrl}. */
  readonly host?: 'graph' | 'content';
  /** System options (`$select` …) that this call takes; any other is refused with 400 as the service does. */
  readonly options?: readonly ODataOption[];
  /** Requests (outlook) or resource units (sharepoint, identity); default 1. */
  readonly cost?: (request: SimRequest) => number;
  readonly handle: (context: RequestContext) => Promise<SimResponse>;
}

export type ODataOption =
  | '$select'
  | '$filter'
  | '$top'
  | '$skip'
  | '$orderby'
  | '$expand'
  | '$count'
  | '$search'
  | '$skiptoken'
  | '$deltatoken'
  | '$format';
