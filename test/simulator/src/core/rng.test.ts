import { describe, expect, it } from '@jest/globals';
import { Rng } from './rng.js';

describe('Rng', () => {
  it('gives the same stream for the same name, whatever was drawn before', () => {
    const first = new Rng('seed:7');
    first.uint32();
    expect(first.derive('user', 3).bytes(16)).toEqual(new Rng('seed:7').derive('user', 3).bytes(16));
  });

  it('gives other streams for other names', () => {
    const drawn = Array.from({ length: 1000 }, (_, id) => new Rng('seed:7').derive('user', id).uuid());
    expect(new Set(drawn).size).toBe(1000);
  });

  it('spreads evenly', () => {
    const rng = new Rng('spread');
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw += 1) counts[rng.int(0, 9)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
  });
});
