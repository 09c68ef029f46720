export interface ApiErrorDetails {
  /** The second, finer code in `innerError.code`. */
  readonly innerCode?: string;
  /** Headers beside the body: `Location` of a 410, `Retry-After` of a 429. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A documented refusal. Thrown by handlers; the server writes it as Graph's error body (docs: graph/errors). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: ApiErrorDetails = {},
  ) {
    super(message);
  }
}

/** `{"error":{"code","message","innerError":{"date","request-id","client-request-id"}}}` (docs: graph/errors). */
export function errorBody(error: ApiError, at: number, requestId: string, clientRequestId = requestId): object {
  return {
    error: {
      code: error.code,
      message: error.message,
      innerError: {
        ...(error.details.innerCode === undefined ? {} : { code: error.details.innerCode }),
        date: new Date(at).toISOString().slice(0, 19),
        'request-id': requestId,
        'client-request-id': clientRequestId,
      },
    },
  };
}
