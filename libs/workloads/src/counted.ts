import type { SourceChange } from './reader.port.js';

/** Items that are told of, one way or another. */
const ITEMS: ReadonlySet<SourceChange['type']> = new Set<SourceChange['type']>(['item', 'skipped', 'unreadable']);

/** Whether a change tells of an item that is there. */
export function tellsOfItem({ type }: SourceChange): boolean {
  return ITEMS.has(type);
}

/** The changes, and before each cursor and at the end how many items they told of, for whoever takes them to hold against theirs. */
export async function* counted(changes: AsyncIterable<SourceChange>): AsyncGenerator<SourceChange> {
  let items = 0;
  for await (const change of changes) {
    if (change.type === 'cursor') {
      yield { type: 'told', items };
      items = 0;
    }
    if (tellsOfItem(change)) items += 1;
    yield change;
  }
  yield { type: 'told', items };
}
