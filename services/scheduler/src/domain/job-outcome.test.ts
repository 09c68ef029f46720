import { describe, expect, it } from '@jest/globals';
import { jobOutcome } from './job-outcome.js';

describe('jobOutcome', () => {
  it.each([
    [{ completed: 3 }, false, 'completed'],
    [{ completed: 3 }, true, 'completed-with-warnings'],
    [{ completed: 2, 'completed-with-warnings': 1 }, false, 'completed-with-warnings'],
    [{ completed: 2, incomplete: 1 }, false, 'completed-with-errors'],
    [{ completed: 2, failed: 1 }, false, 'completed-with-errors'],
    [{ failed: 2 }, false, 'failed'],
    [{ completed: 2, stopped: 1, failed: 1 }, false, 'stopped'],
    [{}, false, 'completed'],
    [{}, true, 'completed-with-warnings'],
  ] as const)('calls %j (warnings: %s) %s', (counts, hasWarnings, outcome) => {
    expect(jobOutcome(counts, hasWarnings)).toBe(outcome);
  });
});
