import { describe, expect, it } from '@jest/globals';
import { pick } from './pick.js';

const sets = [
  { id: '1', names: ['Everybody'] },
  { id: '2', names: ['everybody'] },
  { id: '3', names: ['Board', 'board@example.com'] },
];

describe('pick', () => {
  it.each([
    ['3', '3'],
    ['Everybody', '1'],
    ['everybody', '2'],
    ['BOARD@example.com', '3'],
  ])('takes %s for %s', (text, id) => expect(pick('set', sets, text)).toBe(id));

  it('asks for the id when a name is not unique, and shows what there is when nothing fits', () => {
    expect(() => pick('set', sets, 'EVERYBODY')).toThrow('is the name of several');
    expect(() => pick('set', sets, 'nobody')).toThrow('There is no set nobody');
  });
});
