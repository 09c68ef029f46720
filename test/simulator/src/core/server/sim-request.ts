import { ApiError } from '../api-error.js';
import { EMPTY_QUERY, type ODataQuery } from '../odata.js';
import { parsePreferences } from '../preferences.js';
import type { Method, Preferences, SimRequest } from '../route.js';
import { readAll, type BodySource } from './body-source.js';

const DEFAULT_CAP = 64 * 1024 * 1024;

/** A request as it came in, before anything of it was understood. */
export interface IncomingCall {
  readonly method: string;
  /** Without version and query. */
  readonly path: string;
  readonly queryText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string;
  readonly host: 'graph' | 'content';
  /** Whether the path started with Graph's version; everything else on that host is sign-in's. */
  readonly isGraph: boolean;
  readonly body: BodySource;
  /** Position in a batch. */
  readonly batchMember?: number;
}

/** A routed call as handlers see it. */
export class RoutedRequest implements SimRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly origin: string;
  readonly preferences: Preferences;
  readonly contentLength: number | undefined;
  query: ODataQuery = EMPTY_QUERY;
  #body: Promise<Buffer> | undefined;

  constructor(
    private readonly call: IncomingCall,
    readonly method: Method,
    readonly params: Readonly<Record<string, string>>,
  ) {
    this.path = call.path;
    this.headers = call.headers;
    this.origin = call.origin;
    this.preferences = parsePreferences(call.headers['prefer']);
    this.contentLength = call.body.contentLength;
  }

  body(maxBytes = DEFAULT_CAP): Promise<Buffer> {
    return (this.#body ??= readAll(this.call.body, maxBytes));
  }

  bodyStream(): AsyncIterable<Uint8Array> {
    return this.call.body.stream();
  }

  async json(): Promise<Record<string, unknown>> {
    return parseJsonObject(await this.body());
  }
}

/** A JSON object; 400 in Graph's words for anything else. */
export function parseJsonObject(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // falls through to the refusal
  }
  throw new ApiError(
    400,
    'BadRequest',
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  );
}
