import type { RunChange } from './run-change.js';

/**
 * Merges change lists in key order, oldest list first: one change per key, the newest, except that `seen` never hides an older
 * word. Holds one entry per list.
 */
export async function* mergeRuns(lists: readonly AsyncIterable<RunChange>[]): AsyncGenerator<RunChange> {
  const cursors: Cursor[] = [];
  try {
    for (const [age, list] of lists.entries()) {
      const cursor = new Cursor(list[Symbol.asyncIterator](), age);
      cursors.push(cursor);
      await cursor.advance();
    }
    const heap = new Heap(cursors.filter(({ head }) => head !== undefined));
    let chosen: RunChange | undefined;
    for (let cursor = heap.first; cursor?.head; cursor = heap.first) {
      const { head } = cursor;
      // The heap gives equal keys newest first.
      if (!chosen || Buffer.compare(chosen.key, head.key) !== 0) {
        if (chosen) yield chosen;
        chosen = head;
      } else if (chosen.value === 'seen') chosen = head;
      await cursor.advance();
      heap.settleFirst();
    }
    if (chosen) yield chosen;
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
}

class Cursor {
  #head: RunChange | undefined;

  constructor(
    private readonly changes: AsyncIterator<RunChange>,
    /** The greater, the newer. */
    readonly age: number,
  ) {}

  get head(): RunChange | undefined {
    return this.#head;
  }

  async advance(): Promise<void> {
    const result = await this.changes.next();
    this.#head = result.done ? undefined : result.value;
  }

  async close(): Promise<void> {
    await this.changes.return?.();
  }
}

/** A binary heap of cursors: smallest key first, of equal keys the newest first, ended cursors dropped. */
class Heap {
  constructor(private readonly cursors: Cursor[]) {
    for (let at = (cursors.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  get first(): Cursor | undefined {
    return this.cursors[0];
  }

  /** Restores the order after the first cursor has moved. */
  settleFirst(): void {
    if (this.first && !this.first.head) {
      const last = this.cursors.pop();
      if (last && this.cursors.length > 0) this.cursors[0] = last;
    }
    this.#sink(0);
  }

  #sink(from: number): void {
    const { cursors } = this;
    let at = from;
    for (;;) {
      const child = this.#earlierOf(2 * at + 1, 2 * at + 2);
      const [a, b] = [cursors[at], cursors[child]];
      if (!a || !b || !isEarlier(b, a)) return;
      cursors[at] = b;
      cursors[child] = a;
      at = child;
    }
  }

  #earlierOf(left: number, right: number): number {
    const [a, b] = [this.cursors[left], this.cursors[right]];
    return a && b && isEarlier(b, a) ? right : left;
  }
}

function isEarlier(a: Cursor, b: Cursor): boolean {
  if (!a.head || !b.head) return false;
  const order = Buffer.compare(a.head.key, b.head.key);
  return order < 0 || (order === 0 && a.age > b.age);
}
