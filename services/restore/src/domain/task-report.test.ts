import { describe, expect, it } from '@jest/globals';
import { restoredCounts, restoreOutcome, type StepGroup } from './task-report.js';

const group = (over: Partial<StepGroup>): StepGroup => ({
  action: 'create',
  cause: '',
  state: 'done',
  isVerified: true,
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
      group({ state: 'failed', isVerified: false }),
      group({ state: 'planned', isVerified: false, items: 2 }),
      group({ action: 'overwrite', isVerified: false }),
    ]);
    expect(counts).toEqual({
      newItems: { items: 4, originalBytes: 30 },
      updated: { items: 2, originalBytes: 20 },
      unchanged: { items: 5, originalBytes: 10 },
      skipped: { exists: 2 },
      failed: 1,
      open: 2,
      unverified: 1,
      contentBytes: 50,
    });
    expect(restoreOutcome(counts, 0)).toBe('incomplete');
  });

  it.each([[{ state: 'planned' }], [{ state: 'doing' }], [{ isVerified: false }]] as const)(
    'is not complete while a step is %j',
    (over) => {
      expect(restoreOutcome(restoredCounts([group({}), group(over)]), 0)).toBe('incomplete');
    },
  );

  it('is not complete when more was written than its steps asked for', () => {
    expect(restoreOutcome(restoredCounts([group({})]), 1)).toBe('incomplete');
  });

  it('is complete when all that the plan showed was done, skipped items included', () => {
    expect(restoreOutcome(restoredCounts([group({ action: 'skip', cause: 'malware' })]), 0)).toBe('completed');
  });
});
