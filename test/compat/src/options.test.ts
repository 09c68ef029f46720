import { describe, expect, it } from '@jest/globals';
import { parseCompatOptions } from './options.js';

describe('parseCompatOptions', () => {
  it('reads with the Python that Debian installs unless told otherwise', () => {
    expect(parseCompatOptions([])).toEqual({ python: '/usr/bin/python3', make: undefined });
    expect(parseCompatOptions(['--python', '/opt/python'])?.python).toBe('/opt/python');
    expect(parseCompatOptions(['--make', 'aes-128'])?.make).toBe('aes-128');
  });

  it('refuses what it does not know', () => {
    expect(() => parseCompatOptions(['--fast'])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
