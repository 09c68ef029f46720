import { emptyTaskReport, type TaskReport } from '@holdfast/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addReports, sumReports } from './sum-reports.js';

const count = fc.nat(1_000_000);
const tally = fc.record({ items: count, originalBytes: count });
const report: fc.Arbitrary<TaskReport> = fc.record({
  newItems: tally,
  updated: tally,
  attributesChanged: tally,
  moved: tally,
  deleted: tally,
  unchanged: tally,
  skipped: fc.dictionary(fc.constantFrom('malware', 'no-mailbox', 'too-large'), count, { noNullPrototype: true }),
  owed: count,
  unexplained: count,
  contentBytes: count,
  newBytes: count,
  storedBytes: count,
  deduplicatedBytes: count,
  requests: count,
  resourceUnits: count,
  throttled: count,
});

describe('sumReports', () => {
  it('is the same in any order', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 6 }), (reports) => {
        expect(sumReports(reports)).toEqual(sumReports([...reports].reverse()));
      }),
    );
  });

  it('adds causes by name', () => {
    const one = { ...emptyTaskReport, skipped: { malware: 2 }, owed: 1 };
    const other = { ...emptyTaskReport, skipped: { malware: 1, 'no-mailbox': 4 }, owed: 2 };
    expect(addReports(one, other)).toMatchObject({ skipped: { malware: 3, 'no-mailbox': 4 }, owed: 3 });
  });

  it('of nothing is nothing', () => {
    expect(sumReports([])).toEqual(emptyTaskReport);
  });
});
