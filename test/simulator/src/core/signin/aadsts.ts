import { randomUUID } from 'node:crypto';

/** Every refusal of the sign-in endpoints that the simulator gives (docs: entra reference-error-codes). */
const AADSTS = {
  70003: { error: 'unsupported_grant_type', status: 400, text: 'The app requested an unsupported grant type.' },
  70011: {
    error: 'invalid_scope',
    status: 400,
    text: 'The provided value for the input parameter scope is not valid.',
  },
  90002: {
    error: 'invalid_request',
    status: 400,
    text: 'The tenant was not found. Check that you have the correct tenant ID.',
  },
  90055: { error: 'temporarily_unavailable', status: 429, text: 'The tenant is being throttled.' },
  500011: { error: 'invalid_resource', status: 400, text: 'The resource principal was not found in the tenant.' },
  700016: {
    error: 'unauthorized_client',
    status: 400,
    text: 'The application was not found in the directory. Check that the administrator has consented.',
  },
  700024: { error: 'invalid_client', status: 401, text: 'The client assertion is not within its valid time range.' },
  700027: {
    error: 'invalid_client',
    status: 401,
    text: 'The certificate or key used to sign the client assertion is not registered, or the signature is not valid.',
  },
  700023: {
    error: 'invalid_client',
    status: 401,
    text: 'The client assertion audience does not match the realm issuer.',
  },
  900144: { error: 'invalid_request', status: 400, text: 'The request body must contain a required parameter.' },
  7000112: { error: 'unauthorized_client', status: 400, text: 'The application is disabled.' },
  7000215: { error: 'invalid_client', status: 401, text: 'Invalid client secret provided.' },
  7000218: {
    error: 'invalid_client',
    status: 401,
    text: "The request body must contain 'client_assertion' or 'client_secret'.",
  },
  7000222: { error: 'invalid_client', status: 401, text: 'The provided client secret keys are expired.' },
} as const satisfies Record<number, { error: string; status: number; text: string }>;

export type AadstsCode = keyof typeof AADSTS;

/** A refusal of the token endpoint. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly status: number;

  constructor(readonly code: AadstsCode) {
    super(AADSTS[code].text);
    this.status = AADSTS[code].status;
  }

  /** `error_description` carries the code and ids, `error_codes` the number (docs: entra reference-error-codes). */
  body(at: number, correlationId: string): object {
    const traceId = randomUUID();
    const timestamp = `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
    const description = [
      `AADSTS${this.code}: ${this.message}`,
      `Trace ID: ${traceId}`,
      `Correlation ID: ${correlationId}`,
      `Timestamp: ${timestamp}`,
    ];
    return {
      error: AADSTS[this.code].error,
      error_description: description.join('\r\n'),
      error_codes: [this.code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${this.code}`,
    };
  }
}
