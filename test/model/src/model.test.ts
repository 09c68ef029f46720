import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { MUTATIONS } from './mutations.js';
import { parseModelOptions } from './options.js';
import { PROTOCOL } from './protocol.js';
import { wanderMany } from './wander.js';
import type { Bounds } from './world.js';

describe('the commit protocol, in every order of events of a small world', () => {
  it.each<[string, Bounds]>([
    ['nothing goes wrong', { changes: [1, 2], storages: 2, faults: {} }],
    ['a message or an acknowledgement is lost', { changes: [1, 2], storages: 2, faults: { loss: 1 } }],
    ['a request comes twice', { changes: [1, 2], storages: 2, faults: { duplicate: 1 } }],
    ['a process crashes', { changes: [1, 2], storages: 2, faults: { crash: 1 } }],
    ['a change cannot be read', { changes: [1, 2], storages: 2, faults: { failure: 1, crash: 1 } }],
    ['a holder wakes up late', { changes: [1, 1], storages: 2, faults: { lapse: 1 } }],
    ['space is freed meanwhile', { changes: [1, 0], storages: 2, faults: { lapse: 1, freeing: 1, loss: 1 } }],
    ['the database is lost', { changes: [1, 1], storages: 2, faults: { 'database-lost': 1 } }],
  ])('keeps its promises while %s', (_what, bounds) => {
    const { finding, isWhole } = explore(bounds, PROTOCOL);
    expect(finding).toBeUndefined();
    expect(isWhole).toBe(true);
  });

  it('keeps them in long schedules, the same for the same seeds', () => {
    const walks = wanderMany(1, 2000, PROTOCOL);
    expect(walks.findings).toEqual([]);
    expect(walks.longest).toBeGreaterThan(100);
    expect(wanderMany(1, 2000, PROTOCOL)).toEqual(walks);
  });
});

describe('the model finds a protocol in which', () => {
  it.each(MUTATIONS)('$name', ({ bounds, protocol, breaks }) => {
    const { finding } = explore(bounds, protocol);
    expect(finding?.what).toMatch(breaks);
    expect(finding?.schedule[0]).toMatch(/^(scheduler|source)/);
  });
});

describe('the options of the model', () => {
  it('has defaults for all', () => {
    expect(parseModelOptions([])).toMatchObject({ schedules: 100_000, from: 1, hasTraces: false });
  });

  it('refuses what it does not know in words', () => {
    expect(() => parseModelOptions(['--schedules', 'many'])).toThrow('--schedules has to be a whole number');
    expect(() => parseModelOptions(['--states'])).toThrow('--states');
  });
});
