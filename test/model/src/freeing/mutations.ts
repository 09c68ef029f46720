import { decideCondemning, decidePack, mayDelete, mayLetGo } from '@holdfast/vault';
import { RULES, type Rules } from './rules.js';
import type { Bounds } from './world.js';

/** The rules with one defect, and a small world in which it shows. */
export interface Mutation {
  readonly name: string;
  readonly bounds: Bounds;
  readonly rules: Rules;
  /** Words of the promise that it breaks. */
  readonly breaks: RegExp;
}

const comesBack = (left: Bounds['left'], destinations: 1 | 2 = 1): Bounds => ({
  jobs: [['a', 'b'], ['b'], ['a', 'b']],
  destinations,
  left: { retire: 1, free: 1, ...left },
});
const erases = (left: Bounds['left'], jobs: Bounds['jobs'] = [['a', 'b']]): Bounds => ({
  ...{ jobs, destinations: 1, beside: 'x' },
  left: { free: 1, erase: 1, ...left },
});
const LOST = /kept snapshot \d+ needs/;

/** Defects that the checker has to find: proof that it can fail. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'snapshots that were stored since marking are not looked for',
    bounds: comesBack({}),
    rules: {
      ...RULES,
      decideCondemning: (view) => decideCondemning({ ...view, hasUnmarked: false }),
    },
    breaks: LOST,
  },
  {
    name: 'what was marked late is not held against the index',
    bounds: comesBack({}),
    rules: { ...RULES, marksLate: false },
    breaks: LOST,
  },
  {
    name: 'a look-up and its pins are two transactions, and commits believe them',
    bounds: comesBack({}),
    rules: { ...RULES, pinsAsItLooks: false, decideCommit: (chain, commit) => RULES.decideCommit(chain, commit, []) },
    breaks: LOST,
  },
  {
    name: 'commits do not look for condemned packs, and pins do not hold',
    bounds: comesBack({}),
    rules: {
      ...RULES,
      decidePack: (facts, rule) => decidePack({ ...facts, isInUse: false, isRecent: false }, rule),
      decideCondemning: (view) => decideCondemning({ ...view, isPinned: false }),
      decideCommit: (chain, commit) => RULES.decideCommit(chain, commit, []),
    },
    breaks: LOST,
  },
  {
    name: 'late holders are not fenced',
    bounds: { jobs: [['a'], ['a', 'b']], destinations: 1, left: { retire: 1, free: 1, stop: 1 } },
    rules: { ...RULES, epochAfterBegin: ({ epoch }) => epoch },
    breaks: LOST,
  },
  {
    name: 'what a task pinned after a freeing began goes with what it had pinned before',
    bounds: {
      ...{ jobs: [['a'], ['a']], destinations: 1, begun: 10 },
      left: { retire: 1, free: 1, stop: 1, lapse: 1 },
    },
    rules: { ...RULES, unpinsByEpoch: false },
    breaks: LOST,
  },
  {
    name: 'the parent of an open task is let go',
    bounds: { jobs: [['a'], ['a', 'b']], destinations: 1, left: { retire: 1, free: 1 } },
    rules: { ...RULES, mayLetGo: (of, now, rest) => mayLetGo({ ...of, isParentOfOpenTask: false }, now, rest) },
    breaks: LOST,
  },
  {
    name: 'what retention lets go while a freeing runs is let go by it',
    bounds: { jobs: [['a'], ['a', 'b']], destinations: 1, left: { retire: 1, free: 1 } },
    rules: { ...RULES, letsGoWhatWasRetiredBefore: false },
    breaks: LOST,
  },
  {
    name: 'nobody looks whether a snapshot is being read',
    bounds: comesBack({ read: 1 }),
    rules: { ...RULES, mayLetGo: (of, now, rest) => mayLetGo({ ...of, readAt: undefined }, now, rest) },
    breaks: /a reader of snapshot/,
  },
  {
    name: 'a reader believes the place that it was told',
    bounds: { jobs: [['a', 'b'], ['b']], destinations: 1, left: { retire: 1, free: 1, read: 1 } },
    rules: { ...RULES, readersAskAgain: false },
    breaks: /a reader of snapshot/,
  },
  {
    name: 'the packs that had a chunk before are not looked for',
    bounds: comesBack({ lag: 1, stop: 1 }),
    rules: {
      ...RULES,
      looksForHolders: false,
      epochAfterBegin: ({ epoch }) => epoch,
      decideCondemning: (view) => decideCondemning({ ...view, isPinned: false }),
    },
    breaks: LOST,
  },
  {
    name: 'packs that the newest snapshot names are not kept',
    bounds: comesBack({ lag: 1, retire: 0 }),
    rules: { ...RULES, decidePack: (facts, rule) => decidePack({ ...facts, isNamedByNewest: false }, rule) },
    breaks: /destination 1 alone|a rebuild from destination 1/,
  },
  {
    name: 'a freeing decides on what came back while it marked',
    bounds: { jobs: [['a']], destinations: 2, left: { free: 1, away: 1 } },
    rules: { ...RULES, decidesWhatItTallied: false },
    breaks: LOST,
  },
  {
    name: 'a freeing decides on what another one has put in the place of others while it marked',
    bounds: {
      ...{ jobs: [['a', 'b', 'c'], ['c'], ['d']], destinations: 1, freeingsAtOnce: 2, begun: 20 },
      left: { retire: 1, free: 2 },
    },
    rules: { ...RULES, decidesWhatItTallied: false },
    breaks: LOST,
  },
  {
    name: 'a deletion counts as done while a pack is away that has some of it',
    bounds: { jobs: [['a']], destinations: 2, beside: 'x', left: { free: 1, erase: 1, renew: 1, away: 1 } },
    rules: { ...RULES, waitsForUnmarked: false },
    breaks: /is certified, and pack/,
  },
  {
    name: 'packs are deleted where their successors are not yet copied to',
    bounds: comesBack({}, 2),
    rules: { ...RULES, mayDelete: (view) => mayDelete({ ...view, isBehind: false }) },
    breaks: /whole at destination 2 no more/,
  },
  {
    name: 'packs are deleted before the snapshots that need them',
    bounds: comesBack({}),
    rules: { ...RULES, mayDelete: (view) => mayDelete({ ...view, hasSnapshotFirst: false }) },
    breaks: /whole at destination 1 no more/,
  },
  {
    name: 'a renewed snapshot names the packs of the one before it',
    bounds: erases({ renew: 1 }),
    rules: { ...RULES, renewalNamesNothing: false },
    breaks: /lies on, and no freeing takes it/,
  },
  {
    name: 'packs that a deletion has left a little of are kept',
    bounds: erases({ renew: 1 }),
    rules: { ...RULES, decidePack: (facts, rule) => decidePack({ ...facts, isBeforeDeletion: false }, rule) },
    breaks: /lies on, and no freeing takes it/,
  },
  {
    name: 'nobody looks whether a freeing has left something of a deletion',
    bounds: erases({}),
    rules: { ...RULES, looksWhatIsLeft: false },
    breaks: /is certified, and pack/,
  },
  {
    name: 'the note of a deletion ends by what it said when the freeing began, whatever another has copied since',
    bounds: { ...erases({ free: 2, stop: 1 }), freeingsAtOnce: 2, begun: 5 },
    rules: { ...RULES, looksAtTheNoteAgain: false },
    breaks: /is certified, and pack/,
  },
  {
    name: 'what came while something was deleted, copied by a freeing or else, is taken for newer than the deletion',
    bounds: erases({ retire: 1, free: 2, renew: 1 }, [['a', 'b'], ['b']]),
    rules: { ...RULES, extendsErasure: false, reachesToTheFence: false },
    breaks: /is certified, and pack/,
  },
  {
    name: 'packs that the newest snapshot names are copied after a deletion',
    bounds: erases({}),
    rules: {
      ...RULES,
      decidePack: (facts, rule) =>
        decidePack({ ...facts, isNamedByNewest: facts.isNamedByNewest && !facts.isBeforeDeletion }, rule),
    },
    breaks: /destination 1 alone|a rebuild from destination 1/,
  },
  {
    name: 'a snapshot that is being stated anew is let go',
    bounds: erases({ retire: 2, renew: 1 }, [['a'], ['b']]),
    rules: { ...RULES, protectsAllOfRenewed: false },
    breaks: LOST,
  },
  {
    name: 'what late holders registered since a deletion is taken for newer than it',
    bounds: erases({ renew: 1, stop: 1 }, [['a'], ['b']]),
    rules: { ...RULES, reachesToTheFence: false },
    breaks: /is certified, and pack/,
  },
  {
    name: 'late holders have packs registered under a fence that they passed before',
    bounds: erases({ renew: 1, stop: 1 }, [['a'], ['b']]),
    rules: { ...RULES, registersUnderItsFence: false },
    breaks: /is certified, and pack/,
  },
  {
    name: 'tasks that have been open since before a deletion are not waited for',
    bounds: { ...erases({ renew: 1 }, [['a'], ['b']]), isBesideOfOtherSet: true },
    rules: { ...RULES, waitsForOldTasks: false },
    breaks: /is certified, and pack/,
  },
];
