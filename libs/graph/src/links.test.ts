import { describe, expect, it } from '@jest/globals';
import { relativeLink } from './links.js';

const origin = 'https://graph.microsoft.com';

describe('relativeLink', () => {
  it('keeps path and query letter for letter', () => {
    const rest = "/v1.0/drives/b!x/root/delta(token='a%2Bb==')?$skiptoken=it's%20here==";
    expect(relativeLink(origin, origin + rest)).toBe(rest);
    expect(relativeLink(origin, rest)).toBe(rest);
  });

  it.each(['https://graph.microsoft.com.evil.example/v1.0/x', 'http://graph.microsoft.com/v1.0/x', 'nonsense'])(
    'refuses %s, to which our token would go',
    (link) => {
      expect(() => relativeLink(origin, link)).toThrow('leads to the host that gave it');
    },
  );
});
