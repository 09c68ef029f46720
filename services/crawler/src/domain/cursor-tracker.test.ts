import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CursorTracker } from './cursor-tracker.js';

describe('CursorTracker', () => {
  it('keeps a cursor back until all items before it are done, in whatever order they end', () => {
    const tracker = new CursorTracker<string>();
    const first = tracker.begin();
    const second = tracker.begin();
    tracker.reached('page 1');
    const third = tracker.begin();
    tracker.reached('page 2');
    second();
    expect(tracker.safe).toBeUndefined();
    third();
    expect(tracker.safe).toBeUndefined();
    first();
    expect(tracker.safe).toBe('page 2');
  });

  it('holds few cursors however many pass one slow item, and the newest when it is done', () => {
    const tracker = new CursorTracker<number>();
    const slow = tracker.begin();
    for (let page = 1; page <= 10_000; page += 1) {
      tracker.begin()();
      tracker.reached(page);
      expect(tracker.waiting).toBeLessThanOrEqual(16);
    }
    slow();
    expect(tracker.safe).toBe(10_000);
    expect(tracker.waiting).toBe(0);
  });

  it('is never ahead of an open item', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('begin'), fc.constant('cursor'), fc.nat(5)), { maxLength: 60 }),
        (steps) => {
          const tracker = new CursorTracker<number>();
          const open = new Map<number, () => void>();
          let begun = 0;
          for (const step of steps) {
            if (step === 'begin') open.set(begun++, tracker.begin());
            else if (step === 'cursor') tracker.reached(begun);
            else {
              const number = [...open.keys()][step];
              if (number !== undefined) {
                open.get(number)?.();
                open.delete(number);
              }
            }
            for (const number of open.keys()) expect(tracker.safe ?? 0).toBeLessThanOrEqual(number);
          }
          for (const done of open.values()) done();
          tracker.reached(begun);
          expect(tracker.safe).toBe(begun);
        },
      ),
    );
  });
});
