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

  it('gives what came of the inputs before one that cannot be taken, and then throws', async () => {
    async function* broken() {
      yield* numbers(5);
      throw new Error('the list ends here');
    }
    const results = fewAtOnce(broken(), 10, async (number) => {
      await setTimeout(5);
      return number;
    });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const result of results) seen.push(result);
    })();
    await expect(reading).rejects.toThrow('the list ends here');
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('leaves nothing running behind whoever stops taking results', async () => {
    let running = 0;
    const results = fewAtOnce(numbers(20), 4, async (number) => {
      running += 1;
      await setTimeout(1 + number);
      running -= 1;
    });
    for await (const _ of results) break;
    expect(running).toBe(0);
  });
});
