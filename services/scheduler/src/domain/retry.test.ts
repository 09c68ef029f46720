import { describe, expect, it } from '@jest/globals';
import { afterFailure, MAX_ATTEMPTS } from './retry.js';

describe('afterFailure', () => {
  it('waits longer each time, and never longer than ten minutes on its own account', () => {
    const waits = [1, 2, 3, 7].map((attempts) => afterFailure({ attempts, canRetry: true, retryAfterMs: 0 }));
    expect(waits).toEqual([
      { do: 'retry', afterMs: 2_000 },
      { do: 'retry', afterMs: 4_000 },
      { do: 'retry', afterMs: 8_000 },
      { do: 'retry', afterMs: 128_000 },
    ]);
  });

  it('waits as long as the other side asked', () => {
    expect(afterFailure({ attempts: 1, canRetry: true, retryAfterMs: 900_000 })).toEqual({
      do: 'retry',
      afterMs: 900_000,
    });
  });

  it('parks what cannot be helped, and what was tried often enough', () => {
    expect(afterFailure({ attempts: 1, canRetry: false, retryAfterMs: 0 })).toEqual({ do: 'park' });
    expect(afterFailure({ attempts: MAX_ATTEMPTS, canRetry: true, retryAfterMs: 0 })).toEqual({ do: 'park' });
  });
});
