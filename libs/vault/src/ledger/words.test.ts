import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ItemRecord } from '../item-record.js';
import { type Word, Words } from './words.js';

const record = (name: string): ItemRecord => ({ kind: 'file', parentId: 'root', name, bytes: 1, properties: {} });
const word = fc.oneof(fc.constant<Word>('gone'), fc.constantFrom('a', 'b', 'c').map(record));
const talk = fc.array(fc.tuple(fc.constantFrom('1', '2', '3', '4', '5'), word), { maxLength: 30 });

/** Books of a talk in its order, and the last word on each. */
function booksOf(said: readonly (readonly [string, Word])[]) {
  const last = new Map<string, Word>();
  const books = new Words();
  for (const [id, one] of said) {
    books.say(id, one, last.get(id));
    last.set(id, one);
  }
  return { books, last };
}

describe('Words', () => {
  it('agree with whoever hears the last word on each item alone, in any order', () => {
    fc.assert(
      fc.property(talk, (said) => {
        const { books, last } = booksOf(said);
        expect(booksOf([...last].reverse()).books.agreesWith(books)).toBe(true);
      }),
    );
  });

  it('miss a word that was lost, doubled or mixed up', () => {
    fc.assert(
      fc.property(
        talk.filter((said) => said.length > 0),
        fc.nat(),
        (said, at) => {
          const { books, last } = booksOf(said);
          const words = [...last];
          const [id, one] = words[at % words.length]!;
          const others = words.filter(([other]) => other !== id);
          expect(booksOf(others).books.agreesWith(books)).toBe(false);
          expect(booksOf([...words, [`${id}0`, one]]).books.agreesWith(books)).toBe(false);
          expect(booksOf([...others, [id, record('another')]]).books.agreesWith(books)).toBe(false);
        },
      ),
    );
  });

  it('take `seen` as nothing where something was said before, and go on from where they were', () => {
    const books = new Words();
    books.say('1', record('a'), undefined);
    const on = new Words(books);
    on.say('1', 'seen', record('a'));
    expect(on.agreesWith(books)).toBe(true);
    on.say('2', 'seen', undefined);
    expect(on.items).toBe(2);
  });
});
