import type { GrantClaims } from '@holdfast/contracts';
import { AppError, type Clock } from '@holdfast/kernel';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { keyIdOf, readGrant, requireLive } from './grants.js';

/** Asked for scheduler's keys again at most this often, so that made-up grants cannot flood it. */
const REFETCH_MS = 5_000;
/** Grants whose signature was found good; a holder shows the same one with each of its calls. */
const REMEMBERED = 1_000;

/** Checks grants against scheduler's public keys, which it fetches when it meets one that it does not know. */
export class GrantChecker {
  readonly #keys = new Map<string, KeyObject>();
  readonly #read = new Map<string, GrantClaims>();
  #fetchedAt = -Infinity;
  #fetching: Promise<void> | undefined;

  constructor(
    /** Scheduler's public keys as JWK JSON. */
    private readonly fetchKeys: () => Promise<readonly string[]>,
    private readonly clock: Clock,
  ) {}

  /** The claims of a live grant. GRANT_REFUSED for any other; epochs are the caller's to compare. */
  async check(grant: string): Promise<GrantClaims> {
    const claims = this.#read.get(grant) ?? (await this.#readNew(grant));
    requireLive(claims, this.clock);
    return claims;
  }

  async #readNew(grant: string): Promise<GrantClaims> {
    const claims = await readGrant(grant, (kid) => this.#keyOf(kid));
    const [oldest] = this.#read.keys();
    if (oldest !== undefined && this.#read.size >= REMEMBERED) this.#read.delete(oldest);
    this.#read.set(grant, claims);
    return claims;
  }

  async #keyOf(kid: string): Promise<KeyObject> {
    // All that wait for the same keys wait for the same fetch.
    if (!this.#keys.has(kid) && this.clock.now() - this.#fetchedAt >= REFETCH_MS)
      this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
    await this.#fetching;
    const key = this.#keys.get(kid);
    if (!key) throw new AppError('GRANT_REFUSED', 'The grant names a key that scheduler does not have.');
    return key;
  }

  async #fetch(): Promise<void> {
    const fetched = await this.fetchKeys();
    this.#fetchedAt = this.clock.now();
    for (const jwk of fetched) {
      const key = createPublicKey({ key: JSON.parse(jwk) as Record<string, string>, format: 'jwk' });
      this.#keys.set(await keyIdOf(key), key);
    }
  }
}
