import { describe, expect, it } from '@jest/globals';
import { describeLockFailure } from './describe-lock-failure.js';

const at = (text: string) => Date.parse(`${text}:00Z`);
const failing = {
  destinationId: '11111111-0000-4000-8000-000000000000',
  since: at('2026-03-01T10:00'),
  reason: 'The access key may not lock objects.',
  lockedUntil: at('2026-03-15T08:30'),
};

describe('describeLockFailure', () => {
  it('says since when, why, until when bytes are locked, what follows and what to do', () => {
    expect(describeLockFailure(failing, at('2026-03-02T00:00'))).toBe(
      'Since 2026-03-01 10:00 UTC locks of what is needed could not be extended at destination 11111111-0000-4000-8000-000000000000: ' +
        'The access key may not lock objects. All of it whose lock was seen stays locked until 2026-03-15 08:30 UTC; after that, ' +
        'whoever has the access key can delete or overwrite the first of it. ' +
        'Run `holdfast destination test 11111111-0000-4000-8000-000000000000` and mend what it names; ' +
        'the locks are then extended by themselves within minutes.',
    );
  });

  it('does not call locked what is locked no longer', () => {
    expect(describeLockFailure(failing, at('2026-03-16T00:00'))).toContain('has ended, at 2026-03-15 08:30 UTC');
  });

  it('names no date where it knows none', () => {
    const words = describeLockFailure({ ...failing, lockedUntil: undefined }, at('2026-03-02T00:00'));
    expect(words).toContain('stays locked for the days that it was written with');
  });
});
