import { isAppError, type AppError, type Clock } from '@holdfast/kernel';

const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 200;
/** Codes that are a destination's own failures. */
const OF_DESTINATIONS = /^(STORE_|OBJECT_NOT_FOUND$)/;

/**
 * The attempts at one pack. A destination that fails is followed at once by the next that storage names; when storage names one
 * that was tried already, all were, and there is a pause before they are tried anew.
 */
export class Attempts {
  readonly #tried = new Set<string>();
  #failure: unknown;
  #rounds = 0;
  /** What to tell storage: the destination that failed last. */
  failed: readonly string[] = [];

  constructor(
    private readonly clock: Clock,
    /** Whether a failure that has met every destination may pass by itself. */
    private readonly mayPass: (error: AppError) => boolean,
  ) {}

  /** Goes on with a destination, after a pause where it was tried before; throws its failure where that cannot help. */
  async begin(destinationId: string): Promise<void> {
    if (!this.#tried.has(destinationId)) return;
    this.#tried.clear();
    await this.pauseAfter(this.#failure);
  }

  /** Notes that a destination failed; waits where it was something else that did. */
  async fail(destinationId: string, error: unknown): Promise<void> {
    if (!isAppError(error) || !OF_DESTINATIONS.test(error.code)) return this.pauseAfter(error);
    this.#tried.add(destinationId);
    this.#failure = error;
    this.failed = [destinationId];
  }

  /** Waits before the next round, or throws the failure where another round cannot help. */
  async pauseAfter(error: unknown): Promise<void> {
    this.#rounds += 1;
    if (this.#rounds === ATTEMPTS || !isAppError(error) || !this.mayPass(error)) throw error;
    await this.clock.sleep(FIRST_PAUSE_MS * 2 ** this.#rounds);
  }
}
