import type { ChunkId, PackId, PackName } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChunkPlace } from '../ports.js';
import { planRanges } from './plan-ranges.js';

const place = (pack: string, offset: number, sealedBytes: number): ChunkPlace => ({
  chunkId: `${pack}${offset}` as ChunkId,
  pack: pack as PackName,
  branch: 'data',
  offset,
  sealedBytes,
  plainBytes: sealedBytes,
  birthPackId: '' as PackId,
  birthCounter: 0,
});

describe('planRanges', () => {
  it('joins neighbours of one pack and small gaps, and reads far chunks apart', () => {
    const near = [place('a', 48, 1000), place('a', 1048, 500), place('a', 50_000, 10)];
    const far = [place('a', 5_000_000, 10), place('b', 48, 10)];
    const plans = planRanges([...far, ...near]);
    expect(plans.map(({ pack, offset, length }) => [pack, offset, length])).toEqual([
      ['a', 48, 49_962],
      ['a', 5_000_000, 10],
      ['b', 48, 10],
    ]);
  });

  it('covers every chunk once, in reads of at most 4 MiB or one chunk', () => {
    const chunk = fc.record({
      pack: fc.constantFrom('a', 'b'),
      offset: fc.nat(20_000_000),
      length: fc.integer({ min: 17, max: 8_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 40 }), (chunks) => {
        const places = chunks.map(({ pack, offset, length }) => place(pack, offset, length));
        const plans = planRanges(places);
        expect(new Set(plans.flatMap((plan) => plan.places))).toEqual(new Set(places));
        expect(plans.flatMap((plan) => plan.places)).toHaveLength(places.length);
        for (const plan of plans) {
          expect(plan.places.length === 1 || plan.length <= 4 * 1024 * 1024).toBe(true);
          for (const { offset, sealedBytes } of plan.places)
            expect(offset >= plan.offset && offset + sealedBytes <= plan.offset + plan.length).toBe(true);
        }
      }),
    );
  });
});
