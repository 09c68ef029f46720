import { describe, expect, it } from '@jest/globals';
import { rateLimitOf, retryAfterMs } from './headers.js';

describe('retryAfterMs', () => {
  it.each([
    [{ 'retry-after': '31' }, 31_000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 30_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{}, undefined],
  ])('%j → %j', (headers, expected) => {
    expect(retryAfterMs(headers)).toBe(expected);
  });
});

describe('rateLimitOf', () => {
  it('reads the three headers', () => {
    const headers = { 'ratelimit-limit': '1200', 'ratelimit-remaining': '120', 'ratelimit-reset': '5' };
    expect(rateLimitOf(headers)).toEqual({ limit: 1_200, remaining: 120, resetMs: 5_000 });
  });

  it('is absent below 80 % of use, when SharePoint does not send it', () => {
    expect(rateLimitOf({})).toBeUndefined();
  });
});
