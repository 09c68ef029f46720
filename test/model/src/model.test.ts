import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { MUTATIONS } from './mutations.js';
import { freeingGame } from './freeing/freeing-game.js';
import { MUTATIONS as FREEING_MUTATIONS } from './freeing/mutations.js';
import { RULES } from './freeing/rules.js';
import { boundsFrom as freeingBoundsFrom } from './freeing/scenarios.js';
import type { Bounds as FreeingBounds } from './freeing/world.js';
import { commitGame } from './moves.js';
import { parseModelOptions } from './options.js';
import { PROTOCOL } from './protocol.js';
import type { Random } from './random.js';
import { boundsFrom } from './scenarios.js';
import { wanderMany } from './wander.js';
import type { Bounds } from './world.js';

/** Of another resource, which is deleted on request. */
const besideX = { destinations: 1, beside: 'x' } as const;
const drawn = (draw: Random) => commitGame(boundsFrom(draw), PROTOCOL);

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
    const { finding, isWhole } = explore(commitGame(bounds, PROTOCOL));
    expect(finding).toBeUndefined();
    expect(isWhole).toBe(true);
  });

  it('keeps them in long schedules, the same for the same seeds', () => {
    const walks = wanderMany(1, 2000, drawn);
    expect(walks.findings).toEqual([]);
    expect(walks.longest).toBeGreaterThan(100);
    expect(wanderMany(1, 2000, drawn)).toEqual(walks);
  });
});

describe('the model finds a protocol in which', () => {
  it.each(MUTATIONS)('$name', ({ bounds, protocol, breaks }) => {
    const { finding } = explore(commitGame(bounds, protocol));
    expect(finding?.what).toMatch(breaks);
    expect(finding?.schedule[0]).toMatch(/^(scheduler|source)/);
  });
});

describe('space freeing, in every order of events of a small world', () => {
  it.each<[string, FreeingBounds]>([
    ['a chunk comes back', { jobs: [['a', 'b'], ['b']], destinations: 1, left: { retire: 1, free: 1 } }],
    ['a process crashes', { jobs: [['a'], ['b']], destinations: 1, left: { retire: 1, free: 1, crash: 1 } }],
    ['a holder wakes up late', { jobs: [['a'], ['a', 'b']], destinations: 1, left: { retire: 1, free: 1, stop: 1 } }],
    ['somebody reads', { jobs: [['a', 'b'], ['b']], destinations: 1, left: { retire: 1, free: 1, read: 1 } }],
    ['an acknowledgement is lost', { jobs: [['a'], ['b']], destinations: 1, left: { retire: 1, free: 1, loss: 1 } }],
    ['a destination lags', { jobs: [['a'], ['b']], destinations: 2, left: { retire: 1, free: 1 } }],
    ['bytes are deleted', { jobs: [['a', 'b']], ...besideX, left: { free: 2, erase: 1, renew: 1 } }],
    [
      'bytes are deleted and a backup follows',
      { jobs: [['a'], ['b']], ...besideX, left: { free: 1, erase: 1, renew: 1 } },
    ],
    ['a renewal wakes up late', { jobs: [['a']], ...besideX, left: { free: 1, erase: 1, renew: 1, lapse: 1 } }],
    ['one that shared packs wakes up late', { jobs: [['a']], ...besideX, left: { free: 1, erase: 1, stop: 1 } }],
    [
      'another set writes as bytes are deleted',
      { jobs: [['a']], ...besideX, isBesideOfOtherSet: true, left: { free: 1, erase: 1, renew: 1 } },
    ],
    [
      'two of them run at once',
      { jobs: [['a', 'b'], ['b']], destinations: 1, freeingsAtOnce: 2, begun: 9, left: { retire: 1, free: 2 } },
    ],
  ])(
    'keeps its promises while %s',
    (_what, bounds) => {
      const { finding, isWhole } = explore(freeingGame(bounds, RULES));
      expect(finding).toBeUndefined();
      expect(isWhole).toBe(true);
    },
    60_000,
  );

  it('keeps them in long schedules, the same for the same seeds', () => {
    const drawnFreeing = (draw: Random) => freeingGame(freeingBoundsFrom(draw), RULES);
    const walks = wanderMany(1, 2000, drawnFreeing);
    expect(walks.findings).toEqual([]);
    expect(walks.longest).toBeGreaterThan(100);
    expect(wanderMany(1, 2000, drawnFreeing)).toEqual(walks);
  }, 60_000);
});

describe('the model finds a space freeing in which', () => {
  it.each(FREEING_MUTATIONS)(
    '$name',
    ({ bounds, rules, breaks }) => {
      expect(explore(freeingGame(bounds, rules)).finding?.what).toMatch(breaks);
    },
    60_000,
  );
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
