import { describe, expect, it } from '@jest/globals';
import { checkSaved } from './check.js';

const states = (of: Record<string, string>) => new Map(Object.entries(of));
const whats = (saved: Record<string, string>, ...models: Record<string, string>[]) =>
  checkSaved(states(saved), models.map(states)).map(({ item, what }) => `${item} ${what}`);

describe('the oracle', () => {
  it('asks for exactly the model of a tenant that stood still', () => {
    expect(whats({ a: '1' }, { a: '1' })).toEqual([]);
    expect(whats({ a: '2' }, { a: '1' })).toEqual(['a wrong']);
    expect(whats({}, { a: '1' })).toEqual(['a missing']);
    expect(whats({ a: '1', b: '1' }, { a: '1' })).toEqual(['b never was']);
  });

  it('lets an item be in any state that it had while the job ran', () => {
    expect(whats({ a: '1' }, { a: '1' }, { a: '2' })).toEqual([]);
    expect(whats({ a: '2' }, { a: '1' }, { a: '2' })).toEqual([]);
    expect(whats({ a: '3' }, { a: '1' }, { a: '2' })).toEqual(['a wrong']);
  });

  it('asks only for what existed throughout', () => {
    expect(whats({}, { a: '1' }, {})).toEqual([]);
    expect(whats({}, {}, { a: '1' })).toEqual([]);
    expect(whats({}, { a: '1' }, { a: '2' })).toEqual(['a missing']);
  });
});
