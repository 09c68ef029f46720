import { ITEM_KINDS, type ItemKind, type ItemRecord } from '../item-record.js';
import { type Outcome } from './outcome.js';

/** Items, and the bytes that the source counts for them. */
export interface Tally {
  readonly items: number;
  readonly bytes: number;
}

/** The outcomes of one run and what the snapshot holds after it, by kind: small, whatever the resource's size. */
export interface LedgerTotals {
  /** What the run did. Kinds and outcomes without items are absent. */
  readonly outcomes: Readonly<Partial<Record<ItemKind, Readonly<Partial<Record<Outcome, Tally>>>>>>;
  /** What the snapshot lists, left-out items included. */
  readonly holds: Readonly<Partial<Record<ItemKind, Tally>>>;
  /** Left-out items in the snapshot, by cause. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Items that failed this time and are read first by the next run. */
  readonly owed: number;
  /** Folders whose count differs from the service's without an explanation. */
  readonly unexplained: number;
  /** Further figures of the run by name: requests, bytes read, bytes stored. */
  readonly work: Readonly<Record<string, number>>;
}

export const emptyLedger: LedgerTotals = { outcomes: {}, holds: {}, leftOut: {}, owed: 0, unexplained: 0, work: {} };

/** Counts one run on top of what its parent snapshot held. */
export class Ledger {
  readonly #outcomes = new Map<ItemKind, Map<Outcome, Tally>>();
  readonly #holds: Map<ItemKind, Tally>;
  readonly #untouched: Map<ItemKind, Tally>;
  readonly #leftOut: Map<string, number>;

  constructor(parent: LedgerTotals | undefined) {
    const held = ITEM_KINDS.flatMap((kind): [ItemKind, Tally][] => {
      const tally = parent?.holds[kind];
      return tally ? [[kind, tally]] : [];
    });
    this.#holds = new Map(held);
    this.#untouched = new Map(held);
    this.#leftOut = new Map(Object.entries(parent?.leftOut ?? {}));
  }

  /** One item whose record was `before` in the parent snapshot and is `after` in the new one. */
  count(outcome: Outcome, before: ItemRecord | undefined, after: ItemRecord | undefined): void {
    if (before) {
      addTo(this.#holds, before, -1);
      addTo(this.#untouched, before, -1);
      this.#addLeftOut(before, -1);
    }
    if (after) {
      addTo(this.#holds, after, 1);
      this.#addLeftOut(after, 1);
    }
    const record = after ?? before;
    if (record) this.#addOutcome(record.kind, outcome, { items: 1, bytes: record.bytes });
  }

  /** Items that the snapshot lists. */
  get itemsHeld(): number {
    return this.#holds.values().reduce((sum, { items }) => sum + items, 0);
  }

  /** The totals; what was never counted is unchanged. */
  totals(rest: Pick<LedgerTotals, 'owed' | 'unexplained' | 'work'>): LedgerTotals {
    for (const [kind, tally] of this.#untouched) if (tally.items > 0) this.#addOutcome(kind, 'unchanged', tally);
    this.#untouched.clear();
    const outcomes = [...this.#outcomes].map(([kind, counts]) => [kind, Object.fromEntries(counts)]);
    return {
      outcomes: Object.fromEntries(outcomes) as LedgerTotals['outcomes'],
      holds: Object.fromEntries([...this.#holds].filter(([, { items }]) => items > 0)),
      leftOut: Object.fromEntries([...this.#leftOut].filter(([, items]) => items > 0)),
      ...rest,
    };
  }

  #addOutcome(kind: ItemKind, outcome: Outcome, { items, bytes }: Tally): void {
    const counts = this.#outcomes.get(kind) ?? new Map<Outcome, Tally>();
    const old = counts.get(outcome);
    counts.set(outcome, { items: (old?.items ?? 0) + items, bytes: (old?.bytes ?? 0) + bytes });
    this.#outcomes.set(kind, counts);
  }

  #addLeftOut({ leftOut }: ItemRecord, sign: 1 | -1): void {
    if (leftOut) this.#leftOut.set(leftOut.cause, (this.#leftOut.get(leftOut.cause) ?? 0) + sign);
  }
}

function addTo(tallies: Map<ItemKind, Tally>, { kind, bytes }: ItemRecord, sign: 1 | -1): void {
  const old = tallies.get(kind);
  tallies.set(kind, { items: (old?.items ?? 0) + sign, bytes: (old?.bytes ?? 0) + sign * bytes });
}

/** The run's items with an outcome, over all kinds. */
export function tallyOf(ledger: LedgerTotals, outcome: Outcome): Tally {
  const sum = { items: 0, bytes: 0 };
  for (const kind of ITEM_KINDS) {
    const tally = ledger.outcomes[kind]?.[outcome];
    sum.items += tally?.items ?? 0;
    sum.bytes += tally?.bytes ?? 0;
  }
  return sum;
}
