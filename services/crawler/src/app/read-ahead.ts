/**
 * Reads a source on while what it gave before is being worked on, and gives whatever waits. A little more than `most` values wait at
 * the most. What the source fails with comes in its turn; when it is ended early, the source has ended, too.
 */
export async function* readAhead<Value>(source: AsyncIterable<Value>, most: number): AsyncGenerator<readonly Value[]> {
  const queue = new Waiting<Value>(most);
  const reading = queue.fillFrom(source);
  // A failure is met where it is waited for: until then nobody else may be told of it.
  reading.catch(() => undefined);
  try {
    for (let values = await queue.take(); values.length > 0; values = await queue.take()) yield values;
    await reading;
  } finally {
    queue.stop();
    await reading.catch(() => undefined);
  }
}

class Waiting<Value> {
  #values: Value[] = [];
  #hasEnded = false;
  #isStopped = false;
  /** Told when there is something to take, or nothing more to come. */
  #onCome: (() => void) | undefined;
  /** Told when there is room. */
  #onTaken: (() => void) | undefined;

  constructor(private readonly most: number) {}

  async fillFrom(source: AsyncIterable<Value>): Promise<void> {
    try {
      for await (const value of source) {
        this.#values.push(value);
        this.#onCome?.();
        if (this.#values.length >= this.most && !this.#isStopped)
          await new Promise<void>((resolve) => (this.#onTaken = resolve));
        if (this.#isStopped) return;
      }
    } finally {
      this.#hasEnded = true;
      this.#onCome?.();
    }
  }

  /** What waits; none when the source has ended. */
  async take(): Promise<readonly Value[]> {
    while (this.#values.length === 0 && !this.#hasEnded) await new Promise<void>((resolve) => (this.#onCome = resolve));
    const values = this.#values;
    this.#values = [];
    this.#onTaken?.();
    return values;
  }

  stop(): void {
    this.#isStopped = true;
    this.#onTaken?.();
  }
}
