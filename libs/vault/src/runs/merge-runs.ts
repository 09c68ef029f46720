import { PageCursor } from '../page-cursor.js';
import type { RunChange, RunPages } from './run-change.js';

/** Changes that are handed on together. */
const PAGE = 64;

/**
 * Merges change lists in key order, oldest list first: one change per key, the newest, except that `seen` never hides an older
 * word. Holds a page of each list.
 */
export async function* mergeRuns(lists: readonly RunPages[]): AsyncGenerator<readonly RunChange[]> {
  const cursors = lists.map((list, age) => new Cursor(list, age));
  try {
    for (const cursor of cursors) await cursor.next();
    const heap = new Heap(cursors.filter(({ head }) => head !== undefined));
    let page: RunChange[] = [];
    let chosen: RunChange | undefined;
    for (let cursor = heap.first; cursor?.head; cursor = heap.first) {
      const { head } = cursor;
      // The heap gives equal keys newest first.
      if (!chosen || Buffer.compare(chosen.key, head.key) !== 0) {
        if (chosen && page.push(chosen) === PAGE) {
          yield page;
          page = [];
        }
        chosen = head;
      } else if (chosen.value === 'seen') chosen = head;
      const turn = cursor.next();
      if (turn) await turn;
      heap.settleFirst();
    }
    if (chosen) page.push(chosen);
    if (page.length > 0) yield page;
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
}

class Cursor extends PageCursor<RunChange> {
  constructor(
    changes: RunPages,
    /** The greater, the newer. */
    readonly age: number,
  ) {
    super(changes);
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
