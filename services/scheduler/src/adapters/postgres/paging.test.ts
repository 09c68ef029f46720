import { describe, expect, it } from '@jest/globals';
import { readInstantToken, readMillisecondToken, readPageToken } from './paging.js';

const ID = 'aaaaaaaa-0000-4000-8000-000000000000';
const tokenOf = (...key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url');

describe('a page token', () => {
  it('is read as it was given out', () => {
    expect(readPageToken(tokenOf('mail.ann'), 1)).toEqual(['mail.ann']);
    expect(readMillisecondToken(tokenOf(1_796_083_200_000, ID))).toEqual([1_796_083_200_000, ID]);
  });

  it.each([
    ['a text with a NUL', () => readPageToken(tokenOf('mail.ann\0'), 1)],
    ['a list', () => readPageToken(tokenOf(['mail.ann']), 1)],
    ['too many parts', () => readPageToken(tokenOf('mail.ann', 1), 1)],
    ['no JSON', () => readPageToken('x', 1)],
    ['no number', () => readMillisecondToken(tokenOf('x', ID))],
    ['a number that no clock shows', () => readMillisecondToken(tokenOf(1e300, ID))],
    ['no id', () => readMillisecondToken(tokenOf(1, 'x'))],
    ['no instant', () => readInstantToken(tokenOf(1, ID))],
  ])('is refused by the name of its field when it is %s', (_, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(read).toThrow('pageToken has to be one that the previous page gave');
  });
});
