import type { Clock } from '@holdfast/kernel';

const CHECK_MS = 5_000;

/** What a service needs to be of use: each part names a check, and the service is ready while all pass. */
export class Readiness {
  readonly #checks = new Map<string, () => Promise<void>>();
  #isStopping = false;

  constructor(private readonly clock: Clock) {}

  /** Adds a check; it resolves when its part can be used. */
  add(name: string, check: () => Promise<void>): void {
    this.#checks.set(name, check);
  }

  /** From here on the service is never ready. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Names of the parts that cannot be used now; empty when the service is ready. */
  async failing(): Promise<readonly string[]> {
    if (this.#isStopping) return ['stopping'];
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
