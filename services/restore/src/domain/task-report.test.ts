import { describe, expect, it } from '@jest/globals';
import { restoredCounts, restoreOutcome, type StepGroup } from './task-report.js';

const group = (over: Partial<StepGroup>): StepGroup => ({
  action: 'create',
  cause: '',
  state: 'done',
  items: 1,
  bytes: 10,
  ...over,
});

describe('a restore’s report', () => {
  it('counts each step once', () => {
    const counts = restoredCounts([
      group({ items: 3, bytes: 30 }),
      group({ action: 'create-folder', bytes: 0 }),
      group({ action: 'overwrite' }),
      group({ action: 'unchanged', items: 5 }),
      group({ action: 'skip', cause: 'exists', items: 2 }),
      group({ state: 'failed' }),
    ]);
    expect(counts).toEqual({
      newItems: { items: 4, originalBytes: 30 },
      updated: { items: 1, originalBytes: 10 },
      unchanged: { items: 5, originalBytes: 10 },
      skipped: { exists: 2 },
      failed: 1,
      contentBytes: 40,
    });
    expect(restoreOutcome(counts)).toBe('incomplete');
  });

  it('is complete when all that the plan showed was done, skipped items included', () => {
    expect(restoreOutcome(restoredCounts([group({ action: 'skip', cause: 'malware' })]))).toBe('completed');
  });
});
