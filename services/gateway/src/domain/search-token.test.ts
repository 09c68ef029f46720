import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatSearchToken, parseSearchToken } from './search-token.js';

const inner = fc.string();

describe('the page token of a search', () => {
  it('comes apart as it was put together', () => {
    const tokens = fc.record({ asOfMs: fc.nat({ max: 2 ** 50 }), group: inner, within: inner });
    fc.assert(fc.property(tokens, (token) => expect(parseSearchToken(formatSearchToken(token))).toEqual(token)));
  });

  it('is refused in any other form, and never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => parseSearchToken(`${text},x`) === undefined || text.includes(',')));
    expect(parseSearchToken('12,%zz')).toBeUndefined();
  });
});
