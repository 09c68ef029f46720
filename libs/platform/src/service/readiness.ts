import { AppError, type Clock } from '@holdfast/kernel';

const CHECK_MS = 5_000;

/** What a service needs to be of use: each part names a check, and the service is ready while all pass. */
export class Readiness {
  readonly #checks = new Map<string, () => Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(private readonly clock: Clock) {}

  /** Adds a check; it resolves when its part can be used. */
  add(name: string, check: () => Promise<void>): void {
    this.#checks.set(name, check);
  }

  /** From here on the service is never ready, and what could go on for as long as somebody watches ends. */
  stop(): void {
    this.#stopping.abort(
      new AppError(
        'DEPENDENCY_UNAVAILABLE',
        'The service is being stopped. Ask again: another one answers, or it when it is back.',
      ),
    );
  }

  /** Aborted when the service begins to stop, with the words for whoever has to ask again. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Names of the parts that cannot be used now; empty when the service is ready. */
  async failing(): Promise<readonly string[]> {
    if (this.stopping.aborted) return ['stopping'];
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => ((await this.passes(check)) ? [] : [name])),
    );
    return results.flat();
  }

  private async passes(check: () => Promise<void>): Promise<boolean> {
    const late = new AbortController();
    const timeout = this.clock.sleep(CHECK_MS, late.signal).then(
      () => false,
      () => false,
    );
    const passed = check().then(
      () => true,
      () => false,
    );
    const isPassed = await Promise.race([passed, timeout]);
    late.abort();
    return isPassed;
  }
}
