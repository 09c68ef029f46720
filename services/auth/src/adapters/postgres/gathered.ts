import { AppError } from '@holdfast/kernel';

/** What goes together at most, so that no turn is long. */
const MOST = 100;
/** Who wait for the next turns of one key. Behind ten turns that are slow, callers have given up, and what they asked for waits in vain. */
const MOST_WAITING = 1_000;
/** Who ask for any key: 75 MB with the calls that they came in (gRPC calls that wait, 15 kB each). */
const MOST_IN_ALL = 5_000;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: (nothing: undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns that are taken one at a time for each key, where a turn costs about the same for one as for many: whatever is asked for while a turn
 * is under way goes together into the next.
 */
export class Gathered<Item> {
  /** Of keys whose turn is under way. */
  readonly #waiting = new Map<string, Waiting<Item>[]>();
  #asked = 0;

  constructor(private readonly take: (items: readonly Item[]) => Promise<void>) {}

  /**
   * Resolves when the turn that took the item has ended, and fails as the turn fails. DEPENDENCY_UNAVAILABLE, and nothing is taken, where too
   * many wait already.
   */
  async run(key: string, item: Item): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (this.#asked >= MOST_IN_ALL || (waiting?.length ?? 0) >= MOST_WAITING)
      throw new AppError('DEPENDENCY_UNAVAILABLE', 'Too many asks wait for the database. Try again later.');
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const mine = { item, resolve, reject };
    if (waiting) waiting.push(mine);
    else void this.#takeTurns(key, [mine]);
    this.#asked += 1;
    try {
      await promise;
    } finally {
      this.#asked -= 1;
    }
  }

  async #takeTurns(key: string, waiting: Waiting<Item>[]): Promise<void> {
    this.#waiting.set(key, waiting);
    while (waiting.length > 0) await this.#takeTurn(waiting.splice(0, MOST));
    this.#waiting.delete(key);
  }

  async #takeTurn(together: readonly Waiting<Item>[]): Promise<void> {
    try {
      await this.take(together.map(({ item }) => item));
      for (const { resolve } of together) resolve(undefined);
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
}
