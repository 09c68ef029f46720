import { grantClaims, type GrantClaims } from '@holdfast/contracts';
import { AppError, type Clock } from '@holdfast/kernel';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, exportJWK, SignJWT, type JWK } from 'jose';

const ISSUER = 'holdfast-scheduler';

/** Signs a grant (JWT, RFC 7519) with scheduler's Ed25519 key. */
export async function signGrant(privateKey: KeyObject, claims: Omit<GrantClaims, 'iss'>): Promise<string> {
  const kid = await keyIdOf(privateKey);
  return new SignJWT({ ...claims, iss: ISSUER }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(privateKey);
}

/** Each grant that is signed or checked asks for it, and there are few keys. */
const keyIds = new WeakMap<KeyObject, Promise<string>>();

/** The name that a grant's header gives its key: the JWK thumbprint (RFC 7638) of the public half. */
export function keyIdOf(key: KeyObject): Promise<string> {
  const known = keyIds.get(key);
  if (known) return known;
  const made = thumbprintOf(key.type === 'private' ? createPublicKey(key) : key);
  keyIds.set(key, made);
  return made;
}

async function thumbprintOf(publicKey: KeyObject): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(publicKey));
}

/** The public half as JWK JSON, for those who check grants. */
export async function publicJwk(privateKey: KeyObject): Promise<string> {
  const jwk: JWK = await exportJWK(createPublicKey(privateKey));
  return JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk) });
}

/** Checks a grant's signature and form; says nothing of its expiry. GRANT_REFUSED when it is not scheduler's. */
export async function readGrant(grant: string, keyOf: (kid: string) => Promise<KeyObject>): Promise<GrantClaims> {
  try {
    const { payload } = await compactVerify(grant, ({ kid = '' }) => keyOf(kid), { algorithms: ['EdDSA'] });
    return grantClaims.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (cause) {
    if (cause instanceof AppError && cause.retry === 'later') throw cause;
    throw refused('The grant was not issued by this installation.', cause);
  }
}

/** Refuses a grant whose time is over. */
export function requireLive(claims: GrantClaims, clock: Clock): void {
  if (claims.exp * 1_000 <= clock.now()) throw refused('The grant has expired: its lease was not renewed in time.');
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError('GRANT_REFUSED', message, { cause });
}
