import type { GrantClaims } from '@holdfast/contracts';
import { AppError, type Clock } from '@holdfast/kernel';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { keyIdOf, readGrant, requireLive } from './grants.js';

/** Asked for scheduler's keys again at most this often, so that made-up grants cannot flood it. */
const REFETCH_MS = 5_000;
/** Keys are asked for again when they are older than this: so long one that scheduler has replaced may be believed. */
const FRESH_MS = 5 * 60_000;
/** Keys are believed no longer than this while scheduler cannot be asked. Leases, which it renews, have ended long before. */
const BELIEVED_MS = 60 * 60_000;
/** What scheduler may take to name its keys: so long live grants wait when it hangs. */
export const GRANT_KEYS_DEADLINE_MS = 5_000;
/** Grants whose signature was found good; a holder shows the same one with each of its calls. */
const REMEMBERED = 1_000;

/**
 * Checks grants against scheduler's public keys, which it fetches when it meets one that it does not know, and every few minutes.
 * What scheduler names no more is forgotten, with what it had signed.
 */
export class GrantChecker {
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  readonly #read = new Map<string, GrantClaims>();
  #fetchedAt = -Infinity;
  #failedAt = -Infinity;
  #fetching: Promise<void> | undefined;

  constructor(
    /** Scheduler's public keys as JWK JSON. */
    private readonly fetchKeys: () => Promise<readonly string[]>,
    private readonly clock: Clock,
  ) {}

  /** The claims of a live grant. GRANT_REFUSED for any other; epochs are the caller's to compare. */
  async check(grant: string): Promise<GrantClaims> {
    await this.#freshen();
    const claims = this.#read.get(grant) ?? (await this.#readNew(grant));
    requireLive(claims, this.clock);
    return claims;
  }

  /** Rejects only when the keys are too old to be believed. */
  async #freshen(): Promise<void> {
    const now = this.clock.now();
    const ageMs = now - this.#fetchedAt;
    if (ageMs < FRESH_MS || ageMs === Infinity) return;
    if (ageMs >= BELIEVED_MS) {
      await this.#fetch();
      return;
    }
    if (now - this.#failedAt < REFETCH_MS) return;
    const fetched = this.#fetch().catch(() => undefined);
    // Live grants wait for one attempt; after a failed one they go on while the next is made.
    if (this.#failedAt < this.#fetchedAt) await fetched;
  }

  async #readNew(grant: string): Promise<GrantClaims> {
    let signedUnder = '';
    const claims = await readGrant(grant, (kid) => {
      signedUnder = kid;
      return this.#keyOf(kid);
    });
    // The keys may have changed while this one's signature was checked.
    if (!this.#keys.has(signedUnder)) return claims;
    const [oldest] = this.#read.keys();
    if (oldest !== undefined && this.#read.size >= REMEMBERED) this.#read.delete(oldest);
    this.#read.set(grant, claims);
    return claims;
  }

  async #keyOf(kid: string): Promise<KeyObject> {
    if (!this.#keys.has(kid) && this.clock.now() - this.#fetchedAt >= REFETCH_MS) await this.#fetch();
    const key = this.#keys.get(kid);
    if (!key) throw new AppError('GRANT_REFUSED', 'The grant names a key that scheduler does not have.');
    return key;
  }

  /** All that wait for the same keys wait for the same fetch. */
  #fetch(): Promise<void> {
    this.#fetching ??= this.#replaceKeys().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #replaceKeys(): Promise<void> {
    const jwks = await this.fetchKeys().catch((error: unknown) => {
      this.#failedAt = this.clock.now();
      throw error;
    });
    const keys = new Map<string, KeyObject>();
    for (const jwk of jwks) {
      const key = createPublicKey({ key: JSON.parse(jwk) as Record<string, string>, format: 'jwk' });
      keys.set(await keyIdOf(key), key);
    }
    if ([...this.#keys.keys()].some((kid) => !keys.has(kid))) this.#read.clear();
    this.#keys = keys;
    this.#fetchedAt = this.clock.now();
  }
}
