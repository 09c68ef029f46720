import { Clock, isAppError, type DestinationId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';

/** How long a destination that failed is named after those that work. */
const AVOIDED_MS = 60_000;
/** Failures that are further apart are two stories. */
const APART_MS = 15 * 60_000;
/** How long an answer of a destination, or its silence, is believed. */
const BELIEVED_MS = 3_000;

/** How long a destination has to be silent before what it alone holds is stored anew. */
export abstract class DestinationPatience {
  abstract readonly ms: number;
}

/** `fails`: it did not answer just now, but not for long yet. */
export type Standing = 'answers' | 'fails' | 'down';

interface Failures {
  /** Since when nothing but failures was seen; undefined after an answer. */
  readonly since: number | undefined;
  readonly at: number;
}

/**
 * Which destinations failed lately, as this process saw it or was told. The order of attempts hangs on it, and nothing is given up
 * but what the destination itself has refused to answer for: another process may think otherwise.
 */
@Injectable()
export class DestinationHealth {
  readonly #failures = new Map<string, Failures>();
  readonly #asked = new Map<string, { readonly at: number; readonly standing: 'answers' | 'fails' }>();

  constructor(
    private readonly clock: Clock,
    private readonly patience: DestinationPatience,
  ) {}

  noteFailure(tenant: TenantId, destination: DestinationId): void {
    const now = this.clock.now();
    for (const [key, { at }] of this.#failures) if (now - at >= APART_MS) this.#failures.delete(key);
    const key = keyOf(tenant, destination);
    this.#failures.set(key, { since: this.#failures.get(key)?.since ?? now, at: now });
  }

  /** Those that work, in the order given; then those that failed lately, the longest ago first. */
  inOrder(tenant: TenantId, destinations: readonly DestinationId[]): readonly DestinationId[] {
    const failedAt = (destination: DestinationId) =>
      this.failsLately(tenant, destination) ? (this.#failures.get(keyOf(tenant, destination))?.at ?? 0) : 0;
    return [...destinations].sort((a, b) => failedAt(a) - failedAt(b));
  }

  failsLately(tenant: TenantId, destination: DestinationId): boolean {
    const failures = this.#failures.get(keyOf(tenant, destination));
    return failures !== undefined && this.clock.now() - failures.at < AVOIDED_MS;
  }

  /** Does something with a destination, and takes note where that fails it. */
  async watch<Result>(tenant: TenantId, destination: DestinationId, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (isDestinationFailure(error)) this.noteFailure(tenant, destination);
      throw error;
    }
  }

  /** Whether a destination answers `question`, unless it was asked just now. Throws only what is no failure of the destination. */
  async ask(tenant: TenantId, destination: DestinationId, question: () => Promise<unknown>): Promise<Standing> {
    const key = keyOf(tenant, destination);
    const last = this.#asked.get(key);
    const isBelieved =
      last !== undefined &&
      this.clock.now() - last.at < BELIEVED_MS &&
      last.at >= (this.#failures.get(key)?.at ?? -Infinity);
    if (!isBelieved) await this.#ask(tenant, destination, question);
    if (this.#asked.get(key)?.standing === 'answers') return 'answers';
    const since = this.#failures.get(key)?.since ?? this.clock.now();
    return this.clock.now() - since >= this.patience.ms ? 'down' : 'fails';
  }

  async #ask(tenant: TenantId, destination: DestinationId, question: () => Promise<unknown>): Promise<void> {
    const key = keyOf(tenant, destination);
    try {
      await question();
      const failures = this.#failures.get(key);
      if (failures) this.#failures.set(key, { ...failures, since: undefined });
      this.#asked.set(key, { at: this.clock.now(), standing: 'answers' });
    } catch (error) {
      if (!isDestinationFailure(error)) throw error;
      this.noteFailure(tenant, destination);
      this.#asked.set(key, { at: this.clock.now(), standing: 'fails' });
    }
  }
}

/** Whether another destination may do what this one did not: it is down, has no room, or lets nobody in. */
export function isDestinationFailure(error: unknown): boolean {
  return isAppError(error, 'STORE_UNAVAILABLE') || isAppError(error, 'STORE_FULL') || isAppError(error, 'STORE_DENIED');
}

const keyOf = (tenant: TenantId, destination: DestinationId) => `${tenant} ${destination}`;
