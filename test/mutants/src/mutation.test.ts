import { describe, expect, it } from '@jest/globals';
import { type Operation, Strike } from './mutation.js';
import { namedBy } from './stages/elements.js';

interface Element {
  readonly id: string;
  readonly says: string;
}
const traits = namedBy<Element>('id');
const of = (text: string): Element[] => text.split(' ').map((id) => ({ id, says: id.toUpperCase() }));

/** What is left of elements that pass under a mutant, in two rounds. */
function rounds(operation: Operation, place: number, text: string, over: { readonly cannotWait?: boolean } = {}) {
  const strike = new Strike(operation, place);
  const round = () => [
    ...of(text).flatMap((one) => strike.pass(one, { ...traits, ...over })),
    ...strike.rest<Element>(),
  ];
  const inWords = (elements: readonly Element[]) => elements.map(({ id, says }) => `${id}${says}`).join(' ');
  return { first: inWords(round()), second: inWords(round()), times: strike.times };
}

describe('a strike', () => {
  it.each([
    ['drop', 'aA cC'],
    ['duplicate', 'aA bB b0B cC'],
    ['swap', 'aA bC cB'],
  ] as const)('%s strikes the element at its place, and the same again whenever it comes', (operation, expected) => {
    expect(rounds(operation, 1, 'a b c')).toMatchObject({ first: expected, second: expected });
  });

  it('takes the payload of the one before where elements cannot wait', () => {
    expect(rounds('swap', 1, 'a b c', { cannotWait: true }).first).toBe('aA bA cC');
  });

  it('loses nothing where there is no neighbour to swap with, and strikes elsewhere', () => {
    expect(rounds('swap', 2, 'a b c').first).toBe('aA bB cC');
  });

  it('says that it never struck', () => {
    expect(rounds('drop', 9, 'a b c')).toEqual({ first: 'aA bB cC', second: 'aA bB cC', times: 0 });
  });
});
