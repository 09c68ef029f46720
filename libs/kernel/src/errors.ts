/** What a caller may do about a failure; most callers need to know nothing else. */
export type Retry = 'never' | 'later';

/**
 * Every expected failure, whether it is worth repeating, the gRPC status that carries it and what it means to a person.
 * Codes appear in logs, metrics and clients, so a code is never renamed. docs/errors.md is generated from this table.
 */
export const ERROR_CODES = {
  INVALID_ARGUMENT: { retry: 'never', grpc: 'INVALID_ARGUMENT', means: 'A field of the request breaks a rule.' },
  INVALID_CONFIG: { retry: 'never', grpc: 'FAILED_PRECONDITION', means: 'A setting of the service breaks a rule.' },
  NOT_FOUND: { retry: 'never', grpc: 'NOT_FOUND', means: 'The thing named does not exist, or is not yours.' },
  ALREADY_EXISTS: { retry: 'never', grpc: 'ALREADY_EXISTS', means: 'A thing of that name exists.' },
  CONFLICT: { retry: 'never', grpc: 'ABORTED', means: 'The thing changed since it was read.' },
  FAILED_PRECONDITION: { retry: 'never', grpc: 'FAILED_PRECONDITION', means: 'Something has to be done first.' },
  UNAUTHENTICATED: { retry: 'never', grpc: 'UNAUTHENTICATED', means: 'The caller did not prove who it is.' },
  PERMISSION_DENIED: { retry: 'never', grpc: 'PERMISSION_DENIED', means: 'The caller may not do this.' },
  TOO_MANY_REQUESTS: {
    retry: 'later',
    grpc: 'RESOURCE_EXHAUSTED',
    means: 'The caller asks faster than is allowed.',
  },
  GRANT_REFUSED: {
    retry: 'never',
    grpc: 'PERMISSION_DENIED',
    means: 'The grant is expired, of a lower epoch, or of another holder.',
  },
  TENANT_SUSPENDED: { retry: 'never', grpc: 'FAILED_PRECONDITION', means: 'The tenant is suspended.' },
  SIGN_IN_FAILED: { retry: 'never', grpc: 'FAILED_PRECONDITION', means: 'Microsoft refused the sign-in.' },
  GRAPH_DENIED: {
    retry: 'never',
    grpc: 'PERMISSION_DENIED',
    means: 'Microsoft refused access: a permission or consent is missing.',
  },
  GRAPH_NOT_FOUND: { retry: 'never', grpc: 'NOT_FOUND', means: 'Microsoft does not know the thing (any more).' },
  GRAPH_REJECTED: {
    retry: 'never',
    grpc: 'FAILED_PRECONDITION',
    means: 'Microsoft refused the request for what it says.',
  },
  GRAPH_UNEXPECTED: {
    retry: 'later',
    grpc: 'INTERNAL',
    means: 'Microsoft answered in a form that its documentation does not know.',
  },
  GRAPH_THROTTLED: { retry: 'later', grpc: 'RESOURCE_EXHAUSTED', means: 'Microsoft asked to wait.' },
  GRAPH_UNAVAILABLE: { retry: 'later', grpc: 'UNAVAILABLE', means: 'Microsoft could not be reached or failed.' },
  CURSOR_LOST: {
    retry: 'never',
    grpc: 'FAILED_PRECONDITION',
    means: 'Microsoft forgot the delta token; a full enumeration is needed.',
  },
  CHUNK_NOT_FOUND: {
    retry: 'never',
    grpc: 'NOT_FOUND',
    means: 'The vault does not hold a chunk that something refers to.',
  },
  CHUNK_CORRUPT: { retry: 'never', grpc: 'DATA_LOSS', means: 'Stored bytes are not what was written.' },
  VAULT_OBJECT_INVALID: {
    retry: 'never',
    grpc: 'DATA_LOSS',
    means: 'A vault object breaks the format (docs/format/v1.md).',
  },
  VAULT_UNSUPPORTED: {
    retry: 'never',
    grpc: 'FAILED_PRECONDITION',
    means: 'The vault needs a feature that this version does not have.',
  },
  KEY_WRONG: { retry: 'never', grpc: 'FAILED_PRECONDITION', means: 'The key or passphrase does not open this vault.' },
  COMMIT_REFUSED: {
    retry: 'never',
    grpc: 'ABORTED',
    means: 'The commit came too late: another epoch or parent has won.',
  },
  PACKS_LOST: {
    retry: 'later',
    grpc: 'UNAVAILABLE',
    means: 'Packs that the work builds on are gone, or lie only at destinations that do not answer.',
  },
  STORE_UNAVAILABLE: { retry: 'later', grpc: 'UNAVAILABLE', means: 'The destination could not be reached or failed.' },
  STORE_DENIED: {
    retry: 'never',
    grpc: 'FAILED_PRECONDITION',
    means: 'The destination refused the credentials or the right.',
  },
  STORE_FULL: { retry: 'later', grpc: 'RESOURCE_EXHAUSTED', means: 'The destination has no room left.' },
  STORE_REJECTED: {
    retry: 'never',
    grpc: 'FAILED_PRECONDITION',
    means: 'The destination refused the request for what it says.',
  },
  OBJECT_NOT_FOUND: { retry: 'never', grpc: 'NOT_FOUND', means: 'The destination does not hold the object.' },
  OBJECT_EXISTS: { retry: 'never', grpc: 'ALREADY_EXISTS', means: 'The destination holds an object of that name.' },
  DEPENDENCY_UNAVAILABLE: {
    retry: 'later',
    grpc: 'UNAVAILABLE',
    means: 'Another service, the bus or the database could not be reached.',
  },
  STOPPED: { retry: 'never', grpc: 'CANCELLED', means: 'The work was stopped on request.' },
  INTERNAL: { retry: 'later', grpc: 'INTERNAL', means: 'A defect of this program; the log has the details.' },
} as const satisfies Record<string, { retry: Retry; grpc: string; means: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** Ids, field names and rules that lead an operator to the cause. Never names of customers' things, addresses, bodies or tokens. */
  readonly context?: Readonly<Record<string, string | number>>;
  /** Milliseconds to wait before trying again, when the other side said so. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A failure we expected and gave a name. Anything else that is thrown is a bug. */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    /** What happened, what it means and what to do, for the person who reads it. */
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
  }

  get retry(): Retry {
    return ERROR_CODES[this.code].retry;
  }
}

/** Whether a thrown thing is an {@link AppError}, of the given code where one is given. */
export function isAppError(thrown: unknown, code?: ErrorCode): thrown is AppError {
  return thrown instanceof AppError && (code === undefined || thrown.code === code);
}
