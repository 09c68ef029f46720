/**
 * A page's entries from the last to the first, but what is told of one id in its order: of repeats the last counts
 * (docs: graph/api/driveitem-delta), and no page promises an order between ids.
 */
export function reordered<Entry extends Readonly<Record<string, unknown>>>(entries: readonly Entry[]): Entry[] {
  return [...Map.groupBy(entries, ({ id }) => id).values()].toReversed().flat();
}
