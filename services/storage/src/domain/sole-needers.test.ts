import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SEVERAL, soleNeeders } from './sole-needers.js';

/** Per chain and snapshot, in how many places each of eight chunks lies. */
const chains = fc.array(
  fc.array(fc.array(fc.nat({ max: 2 }), { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
  {
    minLength: 1,
    maxLength: 3,
  },
);

describe('soleNeeders', () => {
  it('names the one snapshot that has a chunk, whatever comes, goes, comes back and moves', () => {
    const property = fc.property(chains, fc.array(fc.nat({ max: 7 })), (all, moves) => {
      const heads: bigint[] = [];
      const marks: number[] = [];
      const followed = new Set<number>();
      const havers = new Map<bigint, number[]>();
      const tell = (head: bigint, mark: number, times: number) => {
        for (let time = 0; time < times; time += 1) {
          heads.push(head);
          marks.push(mark);
        }
      };
      let snapshot = -1;
      for (const chain of all)
        for (const [at, places] of chain.entries()) {
          snapshot += 1;
          if (at > 0) followed.add(snapshot - 1);
          for (const [chunk, count] of places.entries()) {
            const head = BigInt(chunk);
            const before = chain[at - 1]?.[chunk] ?? 0;
            // Where a chunk only changes its place, it is told to come and to go.
            const moved = at > 0 && moves.includes(chunk) ? Math.min(count, before) : 0;
            tell(head, snapshot, Math.max(count - before, 0) + moved);
            tell(head, ~(snapshot - 1), Math.max(before - count, 0) + moved);
            if (count > 0) havers.set(head, [...(havers.get(head) ?? []), snapshot]);
          }
        }
      const found = soleNeeders({ heads: BigUint64Array.from(heads), marks: Int32Array.from(marks) }, (of) =>
        followed.has(of),
      );
      expect([...found.heads]).toEqual([...havers.keys()].sort((a, b) => Number(a - b)));
      for (const [at, head] of found.heads.entries()) {
        const [only, ...others] = havers.get(head) ?? [];
        expect(found.sole[at]).toBe(others.length === 0 ? only : SEVERAL);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
