import { describe, expect, it } from '@jest/globals';
import { KeptLetters } from './kept-letters.js';
import type { Letter } from './letter.js';
import type { LetterWorld, Origin } from './origin.js';

const MIB = 1024 * 1024;
const world = {} as LetterWorld;
const origins = Array.from({ length: 40 }, (_, source): Origin => ({ source, sentAt: 0, direction: 'in' }));
const letter = { subject: 'Hello' } as Letter;

describe('kept letters', () => {
  it('hold at least the later half of what they may hold, and never more than all of it', () => {
    const kept = new KeptLetters(8 * MIB);
    for (const origin of origins) {
      kept.keep(world, origin, { letter, bytes: MIB });
      expect(kept.find(world, origin)).toBe(letter);
      const found = origins.filter((some) => kept.find(world, some)).length;
      expect(found).toBeLessThanOrEqual(8);
      expect(found).toBeGreaterThanOrEqual(Math.min(origin.source + 1, 4));
    }
  });

  it('know no letter of another world', () => {
    const kept = new KeptLetters();
    kept.keep(world, origins[0]!, { letter, bytes: 1 });
    expect(kept.find({} as LetterWorld, origins[0]!)).toBeUndefined();
  });
});
