import { ApiError } from '../api-error.js';
import type { Bucket, Principal, Route } from '../route.js';
import type { TokenStore } from '../signin/token-store.js';

/** `WWW-Authenticate` of Graph's 401 (docs: graph/auth, RFC 6750). */
const CHALLENGE = {
  'WWW-Authenticate': 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
};

function unauthorized(message: string): ApiError {
  return new ApiError(401, 'InvalidAuthenticationToken', message, { headers: CHALLENGE });
}

/** The 401 of an expired token; the fault script uses it too. */
export function expiredToken(): ApiError {
  return unauthorized('Lifetime validation failed, the token is expired.');
}

/** Who calls Graph; 401 for a missing, unknown, foreign, expired or revoked token (docs: graph/resolve-auth-errors). */
export function authenticate(
  tokens: TokenStore,
  authorization: string | undefined,
  now: (tenantId: string) => number,
): Principal {
  const token = /^bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw unauthorized('Access token is empty.');
  const issued = tokens.find(token);
  if (!issued) throw unauthorized('Access token validation failure. Invalid signature.');
  if (issued.audience !== 'graph') throw unauthorized('Access token validation failure. Invalid audience.');
  if (issued.expiresAt <= now(issued.principal.tenantId)) throw expiredToken();
  if (issued.isRevoked)
    throw unauthorized(
      'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
    );
  return issued.principal;
}

const DENIED: Readonly<Record<Bucket, readonly [code: string, message: string]>> = {
  identity: ['Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'],
  none: ['Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'],
  outlook: ['ErrorAccessDenied', 'Access is denied. Check credentials and try again.'],
  sharepoint: ['accessDenied', 'Access denied'],
};

/** 403 in the words of the service behind the route, unless one of its permissions is among the token's roles. */
export function authorize(route: Route, principal: Principal): void {
  if (route.permissions.some((permission) => principal.roles.has(permission))) return;
  const [code, message] = DENIED[route.bucket];
  throw new ApiError(403, code, message);
}
