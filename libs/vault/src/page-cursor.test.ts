import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PageCursor, pagesOf } from './page-cursor.js';

async function* each<Page>(pages: readonly Page[]): AsyncGenerator<Page> {
  yield* pages;
}

async function allOf(pages: AsyncIterable<readonly number[]>): Promise<{ items: number[]; waits: number }> {
  const cursor = new PageCursor(pages);
  const items: number[] = [];
  let waits = 0;
  const move = async () => {
    const turn = cursor.next();
    if (turn) waits += 1;
    await turn;
  };
  await move();
  while (cursor.head !== undefined) {
    items.push(cursor.head);
    await move();
  }
  expect(cursor.head).toBeUndefined();
  return { items, waits };
}

describe('PageCursor', () => {
  it('passes every item in order, empty pages or not, and waits once a page', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.nat())), async (pages) => {
        const { items, waits } = await allOf(each(pages));
        expect(items).toEqual(pages.flat());
        expect(waits).toBe(pages.filter(({ length }) => length > 0).length + 1);
      }),
    );
  });

  it('closes what it reads from', async () => {
    let isClosed = false;
    const pages = (async function* () {
      try {
        yield [1, 2];
      } finally {
        isClosed = true;
      }
    })();
    const cursor = new PageCursor(pages);
    await cursor.next();
    await cursor.close();
    expect(isClosed).toBe(true);
  });
});

describe('pagesOf', () => {
  it('has pages of at most so many', async () => {
    const found: (readonly number[])[] = [];
    for await (const page of pagesOf([1, 2, 3, 4, 5], 2)) found.push(page);
    expect(found).toEqual([[1, 2], [3, 4], [5]]);
  });
});
