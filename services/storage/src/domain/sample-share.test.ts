import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { daysUntilAllRead, hasReadShare, shareOf, type Expected } from './sample-share.js';

describe('shareOf', () => {
  it('is the same part of objects and of bytes', () => {
    expect(shareOf({ objects: 300, bytes: 30_000 }, 30)).toEqual({ objects: 10, bytes: 1_000 });
    expect(shareOf({ objects: 301, bytes: 30_001 }, 30)).toEqual({ objects: 11, bytes: 1_001 });
    expect(shareOf({ objects: 0, bytes: 0 }, 30)).toEqual({ objects: 0, bytes: 0 });
    expect(shareOf({ objects: 5, bytes: 50 }, 1)).toEqual({ objects: 5, bytes: 50 });
  });
});

/** A day: reads those that were read longest ago until the share is done, and puts them behind all others. */
function aDay(queue: readonly number[], days: number): { readonly queue: readonly number[]; readonly read: number } {
  const share = shareOf(sumOf(queue), days);
  let read: Expected = { objects: 0, bytes: 0 };
  let count = 0;
  while (count < queue.length && !hasReadShare(read, share)) {
    read = { objects: read.objects + 1, bytes: read.bytes + (queue[count] ?? 0) };
    count += 1;
  }
  return { queue: [...queue.slice(count), ...queue.slice(0, count)], read: count };
}

const sumOf = (sizes: readonly number[]): Expected => ({
  objects: sizes.length,
  bytes: sizes.reduce((sum, size) => sum + size, 0),
});

describe('a sample a day', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 64_000_000 }), { minLength: 1, maxLength: 60 });

  it('has read everything when the days are over, whatever comes meanwhile', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 40 }), fc.array(sizes, { maxLength: 40 }), (first, days, growth) => {
        let queue: readonly number[] = first;
        let unread = first.length;
        for (let day = 0; day < days; day += 1) {
          const { queue: after, read } = aDay(queue, days);
          unread -= read;
          queue = [...after, ...(growth[day] ?? [])];
        }
        expect(unread).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('says in how many days that will be, and never too few', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 40 }), (all, days) => {
        const share = shareOf(sumOf(all), days);
        expect(daysUntilAllRead(sumOf(all), share)).toBeLessThanOrEqual(days);
        let { queue, read } = aDay(all, days);
        let unread = all.length - read;
        const promised = daysUntilAllRead(sumOf(queue.slice(0, Math.max(0, unread))), share);
        let needed = 0;
        for (; unread > 0; needed += 1) {
          ({ queue, read } = aDay(queue, days));
          unread -= read;
        }
        expect(needed).toBeLessThanOrEqual(promised);
      }),
    );
  });
});
