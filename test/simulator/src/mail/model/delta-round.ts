import type { Mailbox } from './mailbox.js';
import type { IdForm } from './ids.js';
import { itemId } from './ids.js';
import type { MailFolder, MailItem } from './mail-folder.js';

export type ChangeType = 'created' | 'updated' | 'deleted';

/** Which changes of a folder a round tells, and how far it has come. Everything a token has to remember. */
export interface RoundQuery {
  /** Changes up to and including this sequence number are known to the client; 0 = none. */
  readonly since: number;
  /** The round ends with this sequence number; what changes while it runs belongs to the next one. */
  readonly upTo: number;
  readonly form: IdForm;
  readonly changeTypes: readonly ChangeType[];
  /** Only messages received at or after this instant (ms). */
  readonly receivedFrom?: number;
}

export type DeltaEntry =
  | {
      readonly kind: 'item';
      readonly seq: number;
      readonly item: MailItem;
      /** Only the read flag is known to have changed. */
      readonly isPartial: boolean;
    }
  | { readonly kind: 'removed'; readonly seq: number; readonly id: string; readonly reason: 'changed' | 'deleted' };

/** How delta behaves where nothing is documented. */
export interface DeltaManners {
  readonly readFlag: 'full' | 'partial' | 'silent';
  readonly moveReason: 'changed' | 'deleted';
  readonly losesReturns: boolean;
  readonly speaksOutsideFilter: boolean;
}

const lastSeq = (item: MailItem, manners: DeltaManners): number =>
  manners.readFlag === 'silent' ? item.changedSeq : Math.max(item.changedSeq, item.readSeq);

/** The entries of a round behind sequence number `after`, oldest change first; at most `limit`. */
export function roundEntries(
  mailbox: Mailbox,
  folder: MailFolder,
  query: RoundQuery,
  manners: DeltaManners,
  page: { readonly after: number; readonly limit: number },
): DeltaEntry[] {
  const order = manners.readFlag === 'silent' ? 'changed' : 'touched';
  const items = folder.sorted(order, (left, right) => lastSeq(left, manners) - lastSeq(right, manners));
  const { removals } = folder;
  const entries: DeltaEntry[] = [];
  let nextItem = firstBehind(items, page.after, (item) => lastSeq(item, manners));
  let nextRemoval = firstBehind(removals, Math.max(page.after, query.since), (removal) => removal.seq);
  while (entries.length < page.limit) {
    const item = items[nextItem];
    const removal = removals[nextRemoval];
    const itemSeq = item ? lastSeq(item, manners) : Number.POSITIVE_INFINITY;
    const removalSeq = removal ? removal.seq : Number.POSITIVE_INFINITY;
    if (Math.min(itemSeq, removalSeq) > query.upTo) break;
    const entry =
      itemSeq < removalSeq
        ? item && itemEntry(item, itemSeq, query, manners)
        : removal && removalEntry(mailbox, folder, removal, query, manners);
    if (itemSeq < removalSeq) nextItem += 1;
    else nextRemoval += 1;
    if (entry) entries.push(entry);
  }
  return entries;
}

function firstBehind<T>(sorted: readonly T[], seq: number, seqOf: (element: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = sorted[middle];
    if (element !== undefined && seqOf(element) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

const passesFilter = (item: MailItem, query: RoundQuery): boolean =>
  query.receivedFrom === undefined || item.receivedAt >= query.receivedFrom;

function itemEntry(item: MailItem, seq: number, query: RoundQuery, manners: DeltaManners): DeltaEntry | undefined {
  const isNew = item.enteredSeq > query.since;
  const isKnown = query.since > 0;
  if (!query.changeTypes.includes(isNew ? 'created' : 'updated')) return undefined;
  if (isKnown && manners.losesReturns && query.form === 'immutable' && item.isReturned && item.enteredSeq === seq) {
    return undefined;
  }
  const isPartial = isKnown && manners.readFlag === 'partial' && item.changedSeq <= query.since;
  if (passesFilter(item, query)) return { kind: 'item', seq, item, isPartial };
  return isPartial && manners.speaksOutsideFilter ? { kind: 'item', seq, item, isPartial } : undefined;
}

function removalEntry(
  mailbox: Mailbox,
  folder: MailFolder,
  removal: MailFolder['removals'][number],
  query: RoundQuery,
  manners: DeltaManners,
): DeltaEntry | undefined {
  const { item, seq, moves, isDeleted } = removal;
  // A client that knows nothing yet has nothing to take away.
  if (query.since === 0 || !query.changeTypes.includes('deleted')) return undefined;
  if (query.form === 'immutable' && folder.items.has(item)) return undefined;
  if (!passesFilter(item, query) && !manners.speaksOutsideFilter) return undefined;
  const id = itemId(mailbox.key, { index: item.index, folderNumber: folder.number, moves }, query.form);
  return { kind: 'removed', seq, id, reason: isDeleted ? 'deleted' : manners.moveReason };
}
