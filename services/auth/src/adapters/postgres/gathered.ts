/** What goes together at most, so that no turn is long. */
const MOST = 100;

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

  constructor(private readonly take: (items: readonly Item[]) => Promise<void>) {}

  /** Resolves when the turn that took the item has ended, and fails as the turn fails. */
  run(key: string, item: Item): Promise<undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const mine = { item, resolve, reject };
    const waiting = this.#waiting.get(key);
    if (waiting) waiting.push(mine);
    else void this.#takeTurns(key, [mine]);
    return promise;
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
