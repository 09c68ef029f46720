import type { LoggedRequest } from '@holdfast/demo';
import type { LeaseNote } from './lease-book.js';

/** Paths of Microsoft's that give an item's content, the item's id first. */
const MESSAGE = /\/users\/([^/]+)\/messages\/([^/?]+)\/\$value/i;
const OK = new Set([200, 206, 302]);

/** Contents that a task reads at most before a checkpoint has them: `CHECKPOINT_EVERY`, and those under way. */
export const IN_HAND = 40;

/** Contents that were read whole, by user and item, with how often. */
export function contentReads(requests: readonly LoggedRequest[], tenantId: string): ReadonlyMap<string, number> {
  const reads = new Map<string, number>();
  for (const { method, path, status, tenantId: whose } of requests) {
    if (whose !== tenantId || method !== 'GET' || !OK.has(status)) continue;
    const [, user, item] = MESSAGE.exec(path) ?? [];
    if (user === undefined || item === undefined) continue;
    const key = `${user}/${item}`;
    reads.set(key, (reads.get(key) ?? 0) + 1);
  }
  return reads;
}

/**
 * Contents of mailboxes that were read again although a checkpoint had them: more than what a holder of the task had in hand when
 * it lost it. A task that had to begin anew, because the packs it had written were gone, may read all again.
 */
export function readAgain(
  reads: ReadonlyMap<string, number>,
  leases: readonly LeaseNote[],
  inHand: number,
): readonly string[] {
  const complaints: string[] = [];
  for (const [resource, notes] of Map.groupBy(leases, ({ resourceId }) => resourceId)) {
    if (!resource.startsWith('mail.') || notes.some(({ freshStarts }) => freshStarts > 0)) continue;
    const user = resource.slice('mail.'.length);
    const again = [...reads]
      .filter(([key]) => key.startsWith(`${user}/`))
      .reduce((sum, [, times]) => sum + times - 1, 0);
    const allowed = (notes.length - 1) * inHand;
    if (again > allowed)
      complaints.push(
        `${resource} was leased ${notes.length} times, and ${again} contents were read again: at most ${allowed} could be in hand.`,
      );
  }
  return complaints;
}
