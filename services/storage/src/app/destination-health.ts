import { Clock, isAppError, type DestinationId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';

/** How long a destination that failed is named after those that work. */
const AVOIDED_MS = 60_000;

/**
 * Which destinations failed lately, as this process saw it or was told. Only the order of attempts hangs on it, never what is
 * true: another process may think otherwise.
 */
@Injectable()
export class DestinationHealth {
  readonly #failedAt = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  noteFailure(tenant: TenantId, destination: DestinationId): void {
    for (const [key, at] of this.#failedAt) if (!this.#isRecent(at)) this.#failedAt.delete(key);
    this.#failedAt.set(keyOf(tenant, destination), this.clock.now());
  }

  /** Those that work, in the order given; then those that failed lately, the longest ago first. */
  inOrder(tenant: TenantId, destinations: readonly DestinationId[]): readonly DestinationId[] {
    const failedAt = (destination: DestinationId) => {
      const at = this.#failedAt.get(keyOf(tenant, destination));
      return at !== undefined && this.#isRecent(at) ? at : 0;
    };
    return [...destinations].sort((a, b) => failedAt(a) - failedAt(b));
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

  #isRecent(at: number): boolean {
    return this.clock.now() - at < AVOIDED_MS;
  }
}

/** Whether another destination may do what this one did not: it is down, has no room, or lets nobody in. */
export function isDestinationFailure(error: unknown): boolean {
  return isAppError(error, 'STORE_UNAVAILABLE') || isAppError(error, 'STORE_FULL') || isAppError(error, 'STORE_DENIED');
}

const keyOf = (tenant: TenantId, destination: DestinationId) => `${tenant} ${destination}`;
