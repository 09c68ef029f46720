import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { SignInError } from './aadsts.js';
import type { AppRegistration } from './app-registration.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Checks a client assertion: certificate registered, signature, audience, issuer = subject = client id, time
 * (docs: entra certificate-credentials). Its times are the client's, made by a clock that no test moves, so they are judged
 * by the machine's clock.
 */
export async function checkAssertion(app: AppRegistration, assertion: string, audiences: string[]): Promise<void> {
  const key = app.keyFor(headerOf(assertion));
  if (!key) throw new SignInError(700027);
  try {
    await jwtVerify(assertion, key, {
      algorithms: ['PS256', 'RS256'],
      audience: audiences,
      issuer: app.clientId,
      subject: app.clientId,
      requiredClaims: ['exp', 'jti'],
      clockTolerance: 300,
    });
  } catch (error) {
    throw new SignInError(refusalFor(error));
  }
}

function headerOf(assertion: string): { x5t: string | undefined; sha256: string | undefined } {
  try {
    const header = decodeProtectedHeader(assertion);
    const sha256 = header['x5t#S256'];
    return { x5t: header.x5t, sha256: typeof sha256 === 'string' ? sha256 : undefined };
  } catch {
    throw new SignInError(700027);
  }
}

function refusalFor(error: unknown): 700023 | 700024 | 700027 {
  if (error instanceof errors.JWTExpired) return 700024;
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === 'nbf' ? 700024 : 700023;
  return 700027;
}
