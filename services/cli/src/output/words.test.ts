import { describe, expect, it } from '@jest/globals';
import { bytesInWords, harmless, instantInWords, spanInWords } from './words.js';

describe('words for people', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.5 KiB'],
    [250 * 2 ** 30, '250 GiB'],
    [2 ** 60, '1024 PiB'],
  ])('says %d bytes as %s', (bytes, words) => expect(bytesInWords(bytes)).toBe(words));

  it.each([
    [400, '0 s'],
    [61_000, '1 min 1 s'],
    [3_900_000, '1 h 5 min'],
  ])('says %d ms as %s', (ms, words) => expect(spanInWords(ms)).toBe(words));

  it('says instants in the zone of the machine', () => {
    expect(instantInWords(new Date(2025, 0, 2, 3, 4, 5).getTime())).toBe('2025-01-02 03:04:05');
    expect(instantInWords(undefined)).toBe('');
  });

  it('lets no name of a file drive the terminal', () => {
    expect(harmless('a\u001b[2Jb\u202egpj.exe\n')).toBe('a\ufffd[2Jb\ufffdgpj.exe\ufffd');
    expect(harmless('会议 – Zürich')).toBe('会议 – Zürich');
  });
});
