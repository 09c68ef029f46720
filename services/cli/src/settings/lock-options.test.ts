import { describe, expect, it } from '@jest/globals';
import { lockFrom, lockIn, lockInWords } from './lock-options.js';

const before = { mode: 'governance', days: 30 };

describe('the lock from options', () => {
  it('takes what is said, and leaves the rest as it was', () => {
    expect(lockFrom({ lock: 'compliance', lockDays: 14 }, 's3')).toEqual({ mode: 'compliance', days: 14 });
    expect(lockFrom({ lockDays: 60 }, 's3', before)).toEqual({ mode: 'governance', days: 60 });
    expect(lockFrom({}, 's3', before)).toEqual(before);
    expect(lockFrom({ unlock: true }, 's3', before)).toBeUndefined();
    expect(lockFrom({}, 'sftp')).toBeUndefined();
  });

  it.each([
    [{ unlock: true, lockDays: 3 }, 's3', 'not both'],
    [{ lockDays: 3 }, 's3', '--lock governance'],
    [{ lock: 'governance' }, 's3', '--lock-days'],
    [{ lock: 'governance', lockDays: 3 }, 'sftp', 'of --s3 only'],
  ])('refuses %j of a place of the kind %s', (options, kind, words) => {
    expect(() => lockFrom(options, kind)).toThrow(words);
  });

  it('is told in words', () => {
    expect(lockInWords(lockIn({ kind: 's3', lock: before }))).toBe('governance, 30 days');
    expect(lockInWords(lockIn({ kind: 's3' }))).toBe('');
  });
});
