import { type Clock, isAppError } from '@holdfast/kernel';
import type { Logger } from '../logging/logger.js';

const LOOK_AGAIN_MS = 1_000;

export interface AwaitServerOptions {
  /** As the log calls it: `PostgreSQL`. */
  readonly server: string;
  /** Milliseconds from now, after which what keeps it away is the caller's to tell. */
  readonly withinMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the wait with the signal's reason. */
  readonly stopped?: AbortSignal | undefined;
}

/**
 * Has `open` try until the server answers: whoever starts all at once has the servers come up beside their users, and a service that
 * ended for it would be started again later and later. Any failure but DEPENDENCY_UNAVAILABLE is thrown at once.
 */
export async function awaitServer<T>(open: () => Promise<T>, options: AwaitServerOptions): Promise<T> {
  const { server, withinMs, clock, logger, stopped } = options;
  const end = clock.now() + withinMs;
  for (;;) {
    stopped?.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      if (!isAppError(error, 'DEPENDENCY_UNAVAILABLE') || clock.now() >= end) throw error;
      logger.warn('A server does not answer yet; the service starts when it does', { server, error });
    }
    await clock.sleep(LOOK_AGAIN_MS, stopped);
  }
}
