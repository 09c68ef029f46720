import { describe, expect, it } from '@jest/globals';
import type { Fault } from './check.js';
import { unexplained } from './losses.js';

const state = (isRead: boolean, folder = 'inbox') => JSON.stringify(['message', folder, 'Hello', isRead, false]);
const wrong = (item: string, saved: string, ...model: string[]): Fault => ({ item, what: 'wrong', saved, model });
const none = { losses: 0, isSilent: false, returned: new Set<string>(), earlier: [] };

describe('a fault after change tracking lost something', () => {
  it('is explained by a loss when the item is as it was, once for each loss', () => {
    const earlier = [
      new Map([
        ['a', state(true)],
        ['b', state(true)],
      ]),
    ];
    const faults = [wrong('a', state(true), state(true, 'archive')), wrong('b', state(true), state(true, 'archive'))];
    expect(unexplained(faults, { ...none, earlier })).toHaveLength(2);
    expect(unexplained(faults, { ...none, losses: 1, earlier })).toHaveLength(1);
    expect(unexplained(faults, { ...none, losses: 2, earlier })).toEqual([]);
    expect(unexplained(faults, { ...none, losses: 2 })).toHaveLength(2);
  });

  it('may be an item that was not told of, but none that is owed', () => {
    const missing: Fault = { item: 'a', what: 'missing', model: [state(true)] };
    expect(unexplained([missing], { ...none, losses: 1 })).toEqual([]);
    expect(unexplained([{ ...missing, what: 'owed' }], { ...none, losses: 1 })).toHaveLength(1);
  });

  it('may be the read flag alone where change tracking is silent of it', () => {
    const faults = [wrong('a', state(true), state(false)), wrong('b', state(true), state(false, 'archive'))];
    expect(unexplained(faults, { ...none, isSilent: true })).toEqual([faults[1]]);
  });

  it('may be a message that came back to its folder, as it was before or not told of', () => {
    const earlier = [new Map([['a', state(true)]])];
    const hidden = { ...none, returned: new Set(['a']), earlier };
    expect(unexplained([wrong('a', state(true), state(false))], hidden)).toEqual([]);
    expect(unexplained([{ item: 'a', what: 'missing', model: [state(true)] }], hidden)).toEqual([]);
    const others = [
      wrong('a', state(true), state(false, 'archive')),
      wrong('a', state(false), state(true)),
      wrong('b', state(true), state(false)),
    ];
    for (const other of others) expect(unexplained([other], hidden)).toEqual([other]);
  });
});
