import { describe, expect, it } from '@jest/globals';
import { MovableClock } from './movable-clock.js';
import { seededRandomBytes } from './seeded-random-bytes.js';

describe('MovableClock', () => {
  it('wakes sleepers in the order of their times, each at its own time', async () => {
    const clock = new MovableClock(1_000);
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name}@${clock.now()}`);
    };
    void sleeper('late', 50);
    void sleeper('early', 10).then(() => sleeper('again', 15));
    await clock.advance(40);
    expect(woken).toEqual(['early@1010', 'again@1025']);
    await clock.advanceToNext();
    expect(woken).toEqual(['early@1010', 'again@1025', 'late@1050']);
  });

  it('lets a sleeper go when its signal is aborted', async () => {
    const clock = new MovableClock();
    const stop = new AbortController();
    const asleep = clock.sleep(10, stop.signal);
    stop.abort(new Error('enough'));
    await expect(asleep).rejects.toThrow('enough');
    expect(clock.sleepers).toBe(0);
  });
});

describe('seededRandomBytes', () => {
  it('repeats itself for a seed, goes on, and differs between seeds', () => {
    const first = seededRandomBytes(7);
    const again = seededRandomBytes(7);
    const start = first(16);
    expect(again(16)).toEqual(start);
    expect(first(16)).not.toEqual(start);
    expect(seededRandomBytes(8)(16)).not.toEqual(start);
  });
});
