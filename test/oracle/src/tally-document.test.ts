import { expect, it } from '@jest/globals';
import { tallyDocument } from './tally-document.js';

it('counts a seed that failed and passed since as passed, and names it', () => {
  const text = tallyDocument({
    ranges: [{ from: 1, to: 1200, commit: 'aaa' }],
    failures: [
      { seed: 3, commit: 'aaa' },
      { seed: 9, commit: 'aaa', passedOn: 'bbb' },
    ],
    runs: 1201,
    items: 5000,
    struck: { reset: 12 },
  });
  expect(text).toContain('**1,200 seeds: 1,199 passed, 1 failed.**');
  expect(text).toContain('| 9 | aaa | bbb |');
  expect(text).toContain('| reset | 12 |');
});
