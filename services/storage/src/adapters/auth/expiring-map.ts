import type { Clock } from '@holdfast/kernel';

interface Kept<Value> {
  readonly value: Value;
  readonly until: number;
}

/** Answers kept for a while, the least recently made forgotten first; a promise that fails is not kept. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Kept<Value>>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: { readonly keptMs: number; readonly maxEntries: number },
  ) {}

  get(key: string, make: () => Value): Value {
    const kept = this.#entries.get(key);
    if (kept && kept.until > this.clock.now()) return kept.value;
    this.#entries.delete(key);
    const value = make();
    this.#entries.set(key, { value, until: this.clock.now() + this.limits.keptMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.limits.maxEntries && oldest !== undefined) this.#entries.delete(oldest);
    if (value instanceof Promise) value.catch(() => this.#entries.delete(key));
    return value;
  }
}
