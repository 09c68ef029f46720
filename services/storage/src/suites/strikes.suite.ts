import { Readable } from 'node:stream';

/** The process ends here. */
export class Crash extends Error {}

/** Counts what goes to the database and to destinations, and ends the process at one of these: before it is done, or before it is heard of. */
export class Strikes {
  #left = Infinity;
  #isHeard = true;
  count = 0;

  strikeAt(io: number, isHeard: boolean): void {
    this.#left = io;
    this.#isHeard = isHeard;
  }

  spare(): void {
    this.#left = Infinity;
  }

  async io<Result>(work: () => Promise<Result>): Promise<Result> {
    this.count += 1;
    const isStruck = --this.#left === 0;
    if (isStruck && this.#isHeard) throw new Crash();
    const result = await work();
    if (!isStruck) return result;
    // What a process had open ends with it.
    if (result instanceof Readable) result.destroy();
    throw new Crash();
  }
}
