import { CborFields } from '../cbor/cbor-fields.js';
import { type DecodedCbor } from '../cbor/decode-cbor.js';
import { brokenObject } from '../broken-object.js';
import { type CborValue, ITEM_KINDS } from '../item-record.js';
import { type LedgerTotals, type Tally } from './ledger.js';
import { OUTCOMES } from './outcome.js';

const OBJECT = 'ledger';

/** The ledger's map (docs/format/v1.md#ledger). */
export function ledgerToCbor(ledger: LedgerTotals): CborValue {
  return new Map<number, CborValue>([
    [1, outcomesToCbor(ledger.outcomes)],
    [2, talliesToCbor(Object.entries(ledger.holds))],
    [3, { ...ledger.leftOut }],
    [4, ledger.owed],
    [5, ledger.unexplained],
    [6, { ...ledger.work }],
  ]);
}

/** Reverses {@link ledgerToCbor}. Kinds of a later version are left out. */
export function ledgerFromCbor(value: DecodedCbor): LedgerTotals {
  const fields = new CborFields(value, OBJECT);
  const outcomes = fields.map(1, 'outcomes');
  return {
    outcomes: Object.fromEntries(
      ITEM_KINDS.flatMap((kind) => {
        const counts = outcomes.get(kind);
        return counts === undefined ? [] : [[kind, readOutcomes(counts)]];
      }),
    ),
    holds: readTallies(fields.map(2, 'holds'), ITEM_KINDS),
    leftOut: readCounts(fields.map(3, 'leftOut')),
    owed: fields.count(4, 'owed'),
    unexplained: fields.count(5, 'unexplained'),
    work: readCounts(fields.map(6, 'work')),
  };
}

function outcomesToCbor(outcomes: LedgerTotals['outcomes']): CborValue {
  return new Map(Object.entries(outcomes).map(([kind, counts]) => [kind, talliesToCbor(Object.entries(counts))]));
}

function talliesToCbor(tallies: readonly (readonly [string, Tally])[]): CborValue {
  return new Map(tallies.map(([name, { items, bytes }]) => [name, [items, bytes]]));
}

function readOutcomes(value: DecodedCbor) {
  if (!(value instanceof Map)) throw brokenObject(OBJECT, 'outcomes are maps');
  return readTallies(value as ReadonlyMap<number | string, DecodedCbor>, OUTCOMES);
}

function readTallies<Name extends string>(
  map: ReadonlyMap<number | string, DecodedCbor>,
  names: readonly Name[],
): Partial<Record<Name, Tally>> {
  const tallies: Partial<Record<Name, Tally>> = {};
  for (const name of names) {
    const value = map.get(name);
    if (value !== undefined) tallies[name] = readTally(value);
  }
  return tallies;
}

function readTally(value: DecodedCbor): Tally {
  const [items, bytes] = Array.isArray(value) ? (value as readonly DecodedCbor[]) : [];
  if (typeof items !== 'number' || typeof bytes !== 'number') throw brokenObject(OBJECT, 'a tally is [items, bytes]');
  return { items, bytes };
}

function readCounts(map: ReadonlyMap<number | string, DecodedCbor>): Record<string, number> {
  return Object.fromEntries(
    [...map].map(([name, count]) => {
      if (typeof count !== 'number') throw brokenObject(OBJECT, 'a count is a number');
      return [String(name), count];
    }),
  );
}
