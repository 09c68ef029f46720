import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeByName } from './merge-by-name.js';

async function* listOf(names: readonly string[]) {
  for (const name of names) yield { name };
}

const inOrder = (names: ReadonlySet<string>) =>
  [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

describe('mergeByName', () => {
  it('meets every name once, in order, on the sides that have it', async () => {
    const names = fc.uniqueArray(fc.string({ maxLength: 4, unit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(names, names, async (lefts, rights) => {
        const [left, right] = [new Set(lefts), new Set(rights)];
        const merged = await Array.fromAsync(mergeByName(listOf(inOrder(left)), listOf(inOrder(right))));
        expect(merged.map((both) => both.left?.name ?? both.right?.name)).toEqual(inOrder(left.union(right)));
        for (const both of merged) {
          const name = both.left?.name ?? both.right?.name ?? '';
          expect([both.left !== undefined, both.right !== undefined]).toEqual([left.has(name), right.has(name)]);
        }
      }),
    );
  });
});
