import { Dice } from '@holdfast/oracle';
import { describe, expect, it } from '@jest/globals';
import type { FaultSystem } from './fault-system.js';
import { struckWhile } from './striking.js';

/** Of a system, what strikes are timed by. */
const faults = { system: { control: { requestCount: () => Promise.resolve(100) } } } as unknown as FaultSystem;

/** What is told of two strikes that answer so. */
async function struckBy(answers: readonly (string | undefined)[]) {
  const left = [...answers];
  const made = Promise.withResolvers<undefined>();
  const strike = () => {
    const answer = left.shift();
    if (left.length === 0) made.resolve(undefined);
    return Promise.resolve(answer);
  };
  const kinds = [{ name: 'trouble', strike }] as const;
  const striking = { faults, dice: new Dice(1), kinds, phase: 'first', requests: 1 };
  const { struck } = await struckWhile(striking, () => made.promise);
  return struck.map(({ what }) => what);
}

describe('struckWhile', () => {
  it('tells of each strike that somebody met', async () => {
    expect(await struckBy(['one', 'two'])).toEqual(['one', 'two']);
  });

  it('does not count one that nobody met, so that a seed of such is one in which nothing struck', async () => {
    expect(await struckBy([undefined, 'two'])).toEqual(['two']);
    expect(await struckBy([undefined, undefined])).toEqual([]);
  });
});
