/** The simulator's time, under test control: it may be set, moved forward, and made to run faster, slower or not at all. */
export class SimClock {
  #simulatedAt: number;
  #realAt: number;
  #scale = 1;

  /** Starts at `startAt` (ms since 1970). `real` is the machine's clock in ms. */
  constructor(
    startAt: number,
    private readonly real: () => number = Date.now,
  ) {
    this.#simulatedAt = startAt;
    this.#realAt = real();
  }

  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number {
    return Math.floor(this.#simulatedAt + (this.real() - this.#realAt) * this.#scale);
  }

  /** Simulated milliseconds per real millisecond; 0 stands still. */
  get scale(): number {
    return this.#scale;
  }

  set(at: number): void {
    this.#simulatedAt = at;
    this.#realAt = this.real();
  }

  advance(ms: number): void {
    this.set(this.now() + ms);
  }

  setScale(scale: number): void {
    this.set(this.now());
    this.#scale = scale;
  }

  /** Real seconds, rounded up, until `ms` of simulated time have passed: what a Retry-After header says. At least 1. */
  realSeconds(ms: number): number {
    return Math.max(1, Math.ceil(ms / 1000 / (this.#scale || 1)));
  }
}

/** The time of one tenant: the service's, and what this tenant alone has lived beyond it. */
export class TenantClock extends SimClock {
  #aheadMs = 0;

  constructor(private readonly service: SimClock) {
    super(service.now());
  }

  override now(): number {
    return this.service.now() + this.#aheadMs;
  }

  override set(at: number): void {
    this.#aheadMs = at - this.service.now();
  }

  override realSeconds(ms: number): number {
    return this.service.realSeconds(ms);
  }
}

/** Graph's form of an instant without fraction, `2026-08-20T12:00:00Z`: users, messages, folders and drive items use it. */
export function isoSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
