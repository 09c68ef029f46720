import { expect, it } from '@jest/globals';
import { PackTally } from './pack-tally.js';

it('says nothing of a pack that it does not have', () => {
  const tally = new PackTally(Float64Array.of(2, 5));
  tally.addNeeded(5, 100);
  expect(tally.of(5)).toMatchObject({ neededChunks: 1, neededBytes: 100 });
  expect(tally.of(2)).toMatchObject({ neededChunks: 0 });
  expect(() => tally.of(4)).toThrow('not in the tally');
});
