/** What one writer holds sealed, in bytes, and how to have it hold less. */
export interface Holder {
  /** In packs that are still open. */
  openBytes: number;
  /** In packs that wait for a destination. */
  unsentBytes: number;
  /** Finishes the open packs. */
  relieve(): void;
}

/** Sealed bytes that a process holds in memory unless told otherwise. */
const DEFAULT_BYTES = 48 * 1024 * 1024;

/**
 * Bounds the sealed bytes in a process's memory, over all vaults it writes to: writers wait for room, and the fullest open
 * packs are sent early.
 */
export class SealedMemory {
  readonly #maxBytes: number;
  readonly #holders = new Set<Holder>();
  #waiters: (() => void)[] = [];

  constructor(maxBytes = DEFAULT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  join(holder: Holder): void {
    this.#holders.add(holder);
  }

  leave(holder: Holder): void {
    this.#holders.delete(holder);
    this.changed();
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#bytes() >= this.#maxBytes) {
      this.#relieveFullest();
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** A holder's numbers have changed. */
  changed(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #bytes(): number {
    let sum = 0;
    for (const { openBytes, unsentBytes } of this.#holders) sum += openBytes + unsentBytes;
    return sum;
  }

  #relieveFullest(): void {
    let fullest: Holder | undefined;
    for (const holder of this.#holders) if (holder.openBytes > (fullest?.openBytes ?? 0)) fullest = holder;
    fullest?.relieve();
  }
}
