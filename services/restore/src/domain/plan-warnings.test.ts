import { describe, expect, it } from '@jest/globals';
import { planWarnings } from './plan-warnings.js';

const losses = [
  { kind: 'message', field: 'changeKey', happens: 'Is made afresh.' },
  { kind: 'message', field: 'conversationId', happens: 'Is made afresh, so threads are joined by subject.' },
  { kind: 'file', field: 'createdBy', happens: 'Is the app.' },
] as const;

describe('planWarnings', () => {
  it('names what the items that are made will lack, and nothing of the others', () => {
    expect(planWarnings(losses, new Set(['message']), new Set())).toEqual([
      'message, conversationId: Is made afresh, so threads are joined by subject.',
    ]);
    expect(planWarnings(losses, new Set(), new Set())).toEqual([]);
  });

  it('names the causes for which items are left out', () => {
    expect(planWarnings(losses, new Set(), new Set(['malware', 'shortcut']))).toEqual([
      expect.stringContaining('(malware, shortcut)'),
    ]);
  });
});
