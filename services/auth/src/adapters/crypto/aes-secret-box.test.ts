import { parseTenantId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { AesSecretBox } from './aes-secret-box.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const box = new AesSecretBox(new Uint8Array(32).fill(1));
const sealed = box.seal(ours, 'credential', Buffer.from('s3cret'));

describe('AesSecretBox', () => {
  it('opens what it sealed, and seals it differently each time', () => {
    expect(box.open(ours, 'credential', sealed).toString()).toBe('s3cret');
    expect(box.seal(ours, 'credential', Buffer.from('s3cret'))).not.toEqual(sealed);
    expect(sealed.includes('s3cret')).toBe(false);
  });

  it('opens what a further key sealed, tells so, and seals under the first', () => {
    const [first, second] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const both = new AesSecretBox(second, [first]);
    expect(both.open(ours, 'credential', sealed).toString()).toBe('s3cret');
    expect(both.sealedUnder(ours, 'credential', sealed)).toBe('further');
    const anew = both.seal(ours, 'credential', Buffer.from('s3cret'));
    expect(both.sealedUnder(ours, 'credential', anew)).toBe('present');
    expect(box.sealedUnder(ours, 'credential', anew)).toBe('none');
    expect(new AesSecretBox(second).open(ours, 'credential', anew).toString()).toBe('s3cret');
  });

  it.each([
    ['another tenant', () => box.open(theirs, 'credential', sealed)],
    ['another purpose', () => box.open(ours, 'signing-key', sealed)],
    ['another provider key', () => new AesSecretBox(new Uint8Array(32).fill(2)).open(ours, 'credential', sealed)],
    ['damaged bytes', () => box.open(ours, 'credential', Buffer.concat([sealed.subarray(0, -1), Buffer.of(0)]))],
    ['too few bytes', () => box.open(ours, 'credential', sealed.subarray(0, 5))],
  ])('does not open for %s', (_, open) => {
    expect(open).toThrow(expect.objectContaining({ code: 'KEY_WRONG' }));
  });
});
