import type { Place } from '@holdfast/destinations';
import { AppError, parseDestinationId, parseTenantId, parseVaultId, type Clock } from '@holdfast/kernel';
import type { Secret } from '@holdfast/platform';
import { jwtVerify, SignJWT } from 'jose';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { OwnPlaces, type PlaceRight } from '../../app/own-places.port.js';

const ALGORITHM = 'HS256';
const AUDIENCE = 'holdfast-place';

const address = z.object({
  tenantId: z.string().transform(parseTenantId),
  vaultId: z.string().transform(parseVaultId),
  destinationId: z.string().transform(parseDestinationId),
  name: z.string(),
});
const terms = z.object({ bytes: z.int().min(0), sha256: z.string(), ifAbsent: z.boolean() });
const placeRight = z.discriminatedUnion('method', [
  z.object({ method: z.literal('PUT'), address, terms }),
  z.object({ method: z.literal('GET'), address }),
]);

/** Places whose bearer token says all that they allow, so that any storage with the same secret honours them. */
export class JwtOwnPlaces extends OwnPlaces {
  readonly #key: Uint8Array;
  #url: string | undefined;

  constructor(
    secret: Secret,
    private readonly clock: Clock,
  ) {
    super();
    this.#key = createHash('sha256').update(`holdfast/places/v1\0${secret.reveal()}`).digest();
  }

  /** Says under which base URL the endpoint is reached; before that, no place can be issued. */
  serveUnder(url: string | undefined): void {
    this.#url = url?.replace(/\/$/, '');
  }

  override async issue(right: PlaceRight, ttlMs: number): Promise<Place> {
    if (this.#url === undefined)
      throw new AppError('DEPENDENCY_UNAVAILABLE', 'Storage has just started and cannot take objects yet. Try again.');
    const expiresAt = this.clock.now() + ttlMs;
    const token = await new SignJWT({ ...right })
      .setProtectedHeader({ alg: ALGORITHM })
      .setAudience(AUDIENCE)
      .setExpirationTime(new Date(expiresAt))
      .sign(this.#key);
    const length = right.method === 'PUT' ? { 'content-length': String(right.terms.bytes) } : {};
    return {
      method: right.method,
      url: `${this.#url}/objects/${right.address.name}`,
      headers: { authorization: `Bearer ${token}`, ...length },
      expiresAt,
    };
  }

  override async read(token: string): Promise<PlaceRight> {
    try {
      const options = { audience: AUDIENCE, algorithms: [ALGORITHM], currentDate: new Date(this.clock.now()) };
      const { payload } = await jwtVerify(token, this.#key, options);
      return placeRight.parse(payload);
    } catch (cause) {
      throw new AppError('UNAUTHENTICATED', 'The place has run out, or storage did not give it. Ask for another.', {
        cause,
      });
    }
  }
}
