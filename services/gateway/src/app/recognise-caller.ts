import { AppError, Clock, isAppError } from '@holdfast/kernel';
import type { Secret } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { parseToken } from '../domain/api-key-token.js';
import type { Caller } from '../domain/permissions.js';
import { takeRequest, type Allowance } from '../domain/request-rate.js';
import { ApiKeys } from './api-keys.port.js';

/** What the gateway's settings say about callers. */
export class CallerRules {
  constructor(
    /** A key that is an operator's for all tenants, for the first steps. */
    readonly bootstrapKey: Secret | undefined,
    /** Requests that one key may make in a minute. */
    readonly requestsPerMinute: number,
  ) {}
}

/** A key that has an answer under way is looked at again this often at most. */
const LOOK_AGAIN_MS = 3_000;

/** Tells who calls, and refuses whoever asks too fast. */
@Injectable()
export class RecogniseCaller {
  readonly #allowances = new Map<string, Allowance>();

  constructor(
    private readonly keys: ApiKeys,
    private readonly rules: CallerRules,
    private readonly clock: Clock,
  ) {}

  /** UNAUTHENTICATED when the text is not a live key's; TOO_MANY_REQUESTS with the time to wait. */
  async run(token: string): Promise<Caller> {
    const caller = this.#isBootstrap(token) ? BOOTSTRAP : await this.#keyHolder(token);
    if (!caller)
      throw new AppError(
        'UNAUTHENTICATED',
        'The request bears no valid API key. Send `Authorization: Bearer <key>` with a key that is neither revoked nor expired.',
      );
    this.#limit(caller);
    return caller;
  }

  /**
   * For an answer that lasts: whether the caller's key is still neither revoked nor expired. May be asked as often as is
   * convenient. While nobody can say, the last answer stands.
   */
  follow({ keyId }: Caller): () => Promise<boolean> {
    let lookedAt = this.clock.now();
    let isLive = true;
    return async () => {
      const now = this.clock.now();
      if (!isLive || keyId === BOOTSTRAP.keyId || now - lookedAt < LOOK_AGAIN_MS) return isLive;
      lookedAt = now;
      try {
        isLive = await this.keys.isLive(keyId, now);
      } catch (error) {
        if (!isAppError(error) || error.retry === 'never') throw error;
      }
      return isLive;
    };
  }

  async #keyHolder(token: string): Promise<Caller | undefined> {
    const parts = parseToken(token);
    return parts && this.keys.recognise(parts.keyId, sha256(parts.secret), this.clock.now());
  }

  #isBootstrap(token: string): boolean {
    const key = this.rules.bootstrapKey?.reveal();
    return key !== undefined && timingSafeEqual(Buffer.from(sha256(key)), Buffer.from(sha256(token)));
  }

  /** The map holds one entry for each live key that was used, and nothing of strangers. */
  #limit({ keyId }: Caller): void {
    const rate = { perMinute: this.rules.requestsPerMinute };
    const taken = takeRequest(this.#allowances.get(keyId), this.clock.now(), rate);
    if (taken.is === 'refused')
      throw new AppError(
        'TOO_MANY_REQUESTS',
        `This key may make ${rate.perMinute} requests a minute and has made them. Wait and go on more slowly.`,
        { context: { keyId }, retryAfterMs: taken.waitMs },
      );
    this.#allowances.set(keyId, taken.allowance);
  }
}

/** What an answer ends with whose key was revoked or has expired while it lasted. */
export const keyHasGone = () =>
  new AppError('UNAUTHENTICATED', 'The API key of this request was revoked, or has expired, while the answer lasted.');

const BOOTSTRAP: Caller = { keyId: 'bootstrap', role: 'provider-operator' };

/** How the secret of a key is kept. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
