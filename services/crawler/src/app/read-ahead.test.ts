import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAhead } from './read-ahead.js';

/** Counts up to `last`, telling how far it got and whether it was ended. */
class Source {
  given = 0;
  hasEnded = false;

  constructor(
    private readonly last: number,
    private readonly failure?: Error,
  ) {}

  async *read(): AsyncGenerator<number> {
    try {
      while (this.given < this.last) yield ++this.given;
      if (this.failure) throw this.failure;
    } finally {
      this.hasEnded = true;
    }
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe('readAhead', () => {
  it('gives all values in order, however slowly they are taken', async () => {
    const taken: number[] = [];
    for await (const values of readAhead(new Source(50).read(), 7)) {
      taken.push(...values);
      await sleep(1);
    }
    expect(taken).toEqual(upTo(50));
  });

  it('reads on while a value is being worked on, but not without bound', async () => {
    const source = new Source(50);
    const reading = readAhead(source.read(), 7);
    await reading.next();
    await sleep(5);
    expect(source.given).toBeGreaterThan(7);
    expect(source.given).toBeLessThanOrEqual(14);
    await reading.return(undefined);
  });

  it('gives what came before a failure first', async () => {
    const taken: number[] = [];
    const read = async () => {
      for await (const values of readAhead(new Source(5, new Error('The page is gone.')).read(), 2))
        taken.push(...values);
    };
    await expect(read()).rejects.toThrow('The page is gone.');
    expect(taken).toEqual(upTo(5));
  });

  it('keeps a failure to itself while what came before it is still being worked on', async () => {
    const reading = readAhead(new Source(1, new Error('The page is gone.')).read(), 7);
    await reading.next();
    // An unhandled rejection would end the process by now.
    await sleep(20);
    await expect(reading.next()).rejects.toThrow('The page is gone.');
  });

  it('has ended its source when whoever takes stops', async () => {
    const source = new Source(50);
    for await (const values of readAhead(source.read(), 7)) if (values.includes(1)) break;
    expect(source.hasEnded).toBe(true);
    expect(source.given).toBeLessThan(15);
  });
});
