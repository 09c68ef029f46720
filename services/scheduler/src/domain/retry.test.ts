import { describe, expect, it } from '@jest/globals';
import { afterFailure, MAX_ATTEMPTS, MAX_ATTEMPTS_IN_OUTAGE, MAX_FRESH_STARTS, type Failure } from './retry.js';

const failure = (changes: Partial<Failure> = {}): Failure => ({
  code: 'GRAPH_UNAVAILABLE',
  attempts: 1,
  freshStarts: 0,
  canRetry: true,
  retryAfterMs: 0,
  ...changes,
});

describe('afterFailure', () => {
  it('waits longer each time', () => {
    const waits = [1, 2, 3, 7].map((attempts) => afterFailure(failure({ attempts })));
    expect(waits).toEqual([2_000, 4_000, 8_000, 128_000].map((afterMs) => ({ do: 'retry', afterMs })));
  });

  it('waits as long as the other side asked', () => {
    expect(afterFailure(failure({ retryAfterMs: 900_000 }))).toEqual({ do: 'retry', afterMs: 900_000 });
  });

  it('parks what cannot be helped, and what was tried often enough', () => {
    expect(afterFailure(failure({ canRetry: false }))).toEqual({ do: 'park' });
    expect(afterFailure(failure({ attempts: MAX_ATTEMPTS }))).toEqual({ do: 'park' });
  });

  it('has about a day of patience with a destination that is away, and asks every five minutes', () => {
    const away = (attempts: number) => afterFailure(failure({ code: 'STORE_UNAVAILABLE', attempts }));
    let waitedMs = 0;
    for (let attempts = 1; attempts < MAX_ATTEMPTS_IN_OUTAGE; attempts += 1) {
      const next = away(attempts);
      if (next.do === 'park') throw new Error('parked too early');
      expect(next.afterMs).toBeLessThanOrEqual(300_000);
      waitedMs += next.afterMs;
    }
    expect(waitedMs / 3_600_000).toBeCloseTo(24, -1);
    expect(away(MAX_ATTEMPTS_IN_OUTAGE)).toEqual({ do: 'park' });
  });

  it('parks what loses its packs again and again, however often it moved forward in between', () => {
    const lost = (freshStarts: number) => afterFailure(failure({ code: 'PACKS_LOST', freshStarts }));
    expect(lost(MAX_FRESH_STARTS)).toMatchObject({ do: 'retry' });
    expect(lost(MAX_FRESH_STARTS + 1)).toEqual({ do: 'park' });
  });
});
