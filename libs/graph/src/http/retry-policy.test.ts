import { describe, expect, it } from '@jest/globals';
import { brokenAnswer, failureFrom } from './error-body.js';
import { RETRY_LIMITS, waitBeforeRetry } from './retry-policy.js';

const noChance = (bytes: number) => new Uint8Array(bytes);
const wait = (
  status: number,
  tried: number,
  more: { headers?: Record<string, string>; body?: string; post?: boolean } = {},
) =>
  waitBeforeRetry(
    { failure: failureFrom(status, more.headers ?? {}, more.body ?? '{"error":{}}'), tried, isRepeatable: !more.post },
    RETRY_LIMITS,
    noChance,
  );

describe('waitBeforeRetry', () => {
  it('waits as long as Microsoft asks, without an upper bound', () => {
    expect(wait(429, 1, { headers: { 'retry-after': '3600' } })).toBe(3_600_000);
  });

  it('backs off exponentially when nothing was asked', () => {
    expect([1, 2, 3, 4].map((tried) => wait(503, tried))).toEqual([200, 400, 800, 1_600]);
    expect(wait(503, RETRY_LIMITS.tries)).toBeUndefined();
  });

  it.each([400, 403, 404, 409, 410, 412, 507])('does not repeat a %d', (status) => {
    expect(wait(status, 1)).toBeUndefined();
  });

  it('asks a few times more after an empty 404, which proves nothing', () => {
    expect(wait(404, 1, { body: '' })).toBeDefined();
    expect(wait(404, 3, { body: '' })).toBeUndefined();
  });

  it('gives up early on an item that is damaged at the source', () => {
    const body = '{"error":{"code":"ErrorCorruptData"}}';
    expect(wait(500, 2, { body })).toBeDefined();
    expect(wait(500, 3, { body })).toBeUndefined();
  });

  it('repeats a POST only when it was surely not done', () => {
    expect(wait(429, 1, { post: true })).toBeDefined();
    expect(wait(503, 1, { post: true, headers: { 'retry-after': '1' } })).toBeDefined();
    expect(wait(504, 1, { post: true })).toBeUndefined();
    const reset = brokenAnswer(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    const refused = brokenAnswer(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    const of = (failure: typeof reset) =>
      waitBeforeRetry({ failure, tried: 1, isRepeatable: false }, RETRY_LIMITS, noChance);
    expect(of(reset)).toBeUndefined();
    expect(of(refused)).toBeDefined();
  });
});
