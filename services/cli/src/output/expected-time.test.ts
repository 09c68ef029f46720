import { describe, expect, it } from '@jest/globals';
import { expectedTimeInWords } from './expected-time.js';

describe('expectedTimeInWords', () => {
  it('says what decides the time', () => {
    expect(expectedTimeInWords({ expectedMs: 7_200_000, bindingLimit: 'drive-minute' })).toBe(
      'about 2 h 0 min if nothing else runs: all drives share the resource units that Microsoft gives the tenant a minute (drive-minute)',
    );
  });

  it('repeats what a newer server says', () => {
    expect(expectedTimeInWords({ expectedMs: 1_000, bindingLimit: 'moon' })).toContain(
      '1 s if nothing else runs: moon',
    );
  });
});
