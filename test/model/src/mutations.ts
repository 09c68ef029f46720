import {
  beginCommit,
  chooseHead,
  type CrawlerCommitStep,
  decideCommit,
  decideFence,
  stepCrawler,
  stepStorage,
  type StorageCommitStep,
} from '@holdfast/vault';
import { PROTOCOL, type Protocol } from './protocol.js';
import type { Bounds } from './world.js';

/** The protocol with one defect, and a small world in which it shows. */
export interface Mutation {
  readonly name: string;
  readonly bounds: Bounds;
  readonly protocol: Protocol;
  /** Words of the promise that it breaks. */
  readonly breaks: RegExp;
}

const one = (faults: Bounds['faults']): Bounds => ({ changes: [1, 1], storages: 1, faults });
const two = (faults: Bounds['faults']): Bounds => ({ changes: [1, 1], storages: 2, faults });
const three = (faults: Bounds['faults']): Bounds => ({ changes: [1, 2], storages: 1, faults });

/** Defects that the checker has to find: proof that it can fail. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the epoch is not checked',
    bounds: three({ lapse: 1 }),
    protocol: {
      ...PROTOCOL,
      decideFence: (seen, epoch) => (decideFence(seen, epoch) === 'raise' ? 'raise' : 'pass'),
      decideCommit: (chain, commit, condemned) => decideCommit({ ...chain, epoch: 0 }, commit, condemned),
    },
    breaks: /a zombie commits/,
  },
  {
    name: 'the parent is not checked',
    bounds: one({ lapse: 1 }),
    protocol: {
      ...PROTOCOL,
      decideCommit: (chain, commit, condemned) =>
        decideCommit(
          chain,
          { ...commit, parent: chain.head?.snapshot, number: (chain.head?.number ?? 0) + 1 },
          condemned,
        ),
    },
    breaks: /numbers|said to be committed|one name/,
  },
  {
    name: 'the snapshot is put before the transaction',
    bounds: two({ lapse: 1 }),
    protocol: { ...PROTOCOL, putsFromMemory: true, stepStorage: putFirst },
    breaks: /one name|a zombie wins/,
  },
  {
    name: 'the answer comes before the PUT is acknowledged',
    bounds: two({}),
    protocol: { ...PROTOCOL, stepStorage: answerFirst },
    breaks: /said to be committed/,
  },
  {
    name: 'the cursor moves on before the packs are put',
    bounds: two({}),
    protocol: { ...PROTOCOL, beginCommit: () => ({ state: { at: 'sealing' }, action: { do: 'seal' } }) },
    breaks: /cursor is ahead of the data/,
  },
  {
    name: 'a commit of another generation is taken',
    bounds: { ...two({ 'database-lost': 1, lapse: 1 }), changes: [1, 0] },
    protocol: {
      ...PROTOCOL,
      decideCommit: (chain, commit, condemned) =>
        decideCommit({ ...chain, generation: commit.generation }, commit, condemned),
    },
    breaks: /one name/,
  },
  {
    name: 'storage decides by the generation that it knew a minute ago',
    bounds: { ...two({ 'database-lost': 1, lapse: 1, stale: 1 }), changes: [1, 0] },
    protocol: { ...PROTOCOL, trustsKnownGeneration: true },
    breaks: /one name/,
  },
  {
    name: 'a rebuild takes the highest number, whatever its generation',
    bounds: two({ 'database-lost': 1 }),
    protocol: {
      ...PROTOCOL,
      chooseHead: (listed, hasPack) =>
        chooseHead(
          listed.map((each) => ({ ...each, generation: 1 })),
          hasPack,
        ),
    },
    breaks: /a zombie wins/,
  },
  {
    name: 'a lost acknowledgement counts as a failure, and a second snapshot is written',
    bounds: two({ loss: 1 }),
    protocol: { ...PROTOCOL, takesBackUnacknowledged: true, stepCrawler: sealAgain },
    breaks: /one name/,
  },
  {
    name: 'a late holder is let through, and its condemned packs are not asked for again',
    bounds: two({ lapse: 1, freeing: 1 }),
    protocol: {
      ...PROTOCOL,
      decideFence: () => 'raise',
      decideCommit: (chain, commit) => decideCommit({ ...chain, epoch: 0 }, commit, []),
    },
    breaks: /cursor is ahead of the data/,
  },
  {
    name: 'space is freed after a rebuild, before the chain has a snapshot of its own generation',
    bounds: { ...one({ 'database-lost': 1, lapse: 1, freeing: 1 }), changes: [1, 0] },
    protocol: { ...PROTOCOL, freesBeforeFirstSnapshot: true },
    breaks: /cursor is ahead of the data/,
  },
  {
    name: 'epochs begin again with a new database',
    bounds: two({ 'database-lost': 1 }),
    protocol: { ...PROTOCOL, epochAfterLoss: () => 1 },
    breaks: /a zombie commits|no progress/,
  },
];

/** Puts first, then decides. */
function putFirst(...[state, event]: Parameters<typeof stepStorage>): StorageCommitStep {
  if (state.at === 'checking-packs' && event.type === 'packs-checked' && event.missing.length === 0) {
    const { snapshot } = state.commit;
    return { state: { at: 'putting', snapshot, next: state.commit }, action: { do: 'put', snapshot } };
  }
  if (state.at === 'putting' && event.type === 'put' && event.found !== 'other' && state.next)
    return { state: { at: 'deciding', commit: state.next }, action: { do: 'decide', commit: state.next } };
  return stepStorage(state, event);
}

function answerFirst(...[state, event]: Parameters<typeof stepStorage>): StorageCommitStep {
  if (state.at !== 'deciding' || event.type !== 'decided' || event.decision.do !== 'store')
    return stepStorage(state, event);
  const { snapshot } = state.commit;
  return { state: { at: 'marking', snapshot, next: undefined }, action: { do: 'mark-visible', snapshot } };
}

function sealAgain(...[state, event]: Parameters<typeof stepCrawler>): CrawlerCommitStep {
  const isUnsure = event.type === 'unanswered' || (event.type === 'answered' && event.answer.is === 'unavailable');
  if (state.at !== 'requesting' || !isUnsure) return stepCrawler(state, event);
  return { ...beginCommit(), state: { at: 'sealing' }, action: { do: 'seal' } };
}
