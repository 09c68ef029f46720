import { describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { fewAtOnce } from './few-at-once.js';

async function* numbers(count: number): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) yield number;
}

describe('fewAtOnce', () => {
  it('gives what comes of every input, and works on no more than so many', async () => {
    let [running, most] = [0, 0];
    const results = await Array.fromAsync(
      fewAtOnce(numbers(20), 3, async (number) => {
        most = Math.max(most, ++running);
        await setTimeout(1);
        running -= 1;
        return number * 2;
      }),
    );
    expect(results.sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, number) => number * 2));
    expect(most).toBe(3);
  });

  it.each([2, 100])(
    'throws a failure to whoever takes the results, and takes few inputs after it (%d at once)',
    async (most) => {
      let taken = 0;
      const results = fewAtOnce(numbers(1_000), most, async (number) => {
        taken += 1;
        if (number === 4) throw new Error('the disk is full');
        await setTimeout(1);
        return number;
      });
      await expect(Array.fromAsync(results)).rejects.toThrow('the disk is full');
      expect(taken).toBeLessThanOrEqual(10);
    },
  );
});
