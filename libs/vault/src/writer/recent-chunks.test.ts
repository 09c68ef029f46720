import { seededRandomBytes } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { RecentChunks } from './recent-chunks.js';

const random = seededRandomBytes('recent-chunks');

describe('RecentChunks', () => {
  it('remembers the last value of what it met last, and forgets the oldest when full', () => {
    const recent = new RecentChunks(80 * 1024);
    const ids = Buffer.from(random(32 * 20_000));
    for (let i = 0; i < 20_000; i++) {
      expect(recent.get(ids, i * 32)).toBeUndefined();
      recent.set(ids, i * 32, i);
      recent.set(ids, i * 32, -i);
      expect(recent.get(ids, i * 32)).toBe(-i || 0);
    }
    const known = Array.from({ length: 20_000 }, (_, i) => recent.get(ids, i * 32) !== undefined);
    expect(known.slice(-700).every(Boolean)).toBe(true);
    expect(known.filter(Boolean).length).toBeLessThan(5000);
    recent.clear();
    expect(recent.get(ids, 19_999 * 32)).toBeUndefined();
  });
});
