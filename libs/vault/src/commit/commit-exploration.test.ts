import type { JobId, PackName, SnapshotId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { chooseHead } from './choose-head.js';
import type { Commit, CommitAnswer } from './commit.js';
import { beginCommit, type CrawlerCommitStep, stepCrawler } from './crawler-commit.js';
import { type Chain, chainAfter, decideCommit } from './decide-commit.js';
import {
  finishStored,
  startCommit,
  type StorageCommitEvent,
  type StorageCommitStep,
  stepStorage,
} from './storage-commit.js';

/*
 * Every interleaving of a small world: two holders of one task one after the other (the first may wake up late), two storage
 * processes, one destination, one database, a source of two items, and a few faults. The steps are the ones that run in production.
 */

/** A sealed snapshot as the world knows it; the pack holds the items above `from`, up to `cursor`. */
interface Sealed {
  readonly commit: Commit;
  readonly from: number;
  readonly cursor: number;
}

interface Crawler {
  readonly step: CrawlerCommitStep;
  readonly epoch: number;
  readonly generation: number;
  readonly base: { readonly snapshot: SnapshotId | undefined; readonly cursor: number; readonly number: number };
  /** Packs written so far. */
  readonly packs: readonly PackName[];
  readonly sealed?: Sealed;
}

interface Storage {
  readonly step: StorageCommitStep;
  readonly sealed: Sealed | undefined;
  readonly client: number | undefined;
}

type Message =
  { readonly request: Sealed; readonly from: number } | { readonly answer: CommitAnswer; readonly to: number };
type Fault = 'loss' | 'duplicate' | 'crash' | 'database-lost' | 'timeout';

interface World {
  readonly chain: Chain;
  /** Sealed snapshots in the database. */
  readonly stored: Readonly<Record<string, Sealed>>;
  readonly condemned: readonly PackName[];
  /** At the destination. */
  readonly packs: readonly PackName[];
  readonly objects: Readonly<Record<string, Sealed>>;
  readonly crawlers: readonly (Crawler | 'not-yet' | 'gone' | 'idle')[];
  readonly storages: readonly (Storage | null)[];
  readonly net: readonly Message[];
  readonly faults: Readonly<Record<Fault, number>>;
}

/** Rules that a broken variant of the protocol replaces. */
interface Rules {
  readonly decide: typeof decideCommit;
  readonly choose: typeof chooseHead<Commit>;
  readonly allowsZombies: boolean;
}

const sound: Rules = { decide: decideCommit, choose: chooseHead, allowsZombies: false };
/** Items at the source when each holder reads it. */
const SOURCE = [1, 2];
const nameOf = ({ commit }: Sealed) => `${commit.generation}-${commit.number}`;

function start(faults: Partial<Record<Fault, number>>): World {
  return {
    chain: { generation: 1, epoch: 0, head: undefined },
    stored: {},
    condemned: [],
    packs: [],
    objects: {},
    crawlers: SOURCE.map(() => 'not-yet'),
    storages: [null, null],
    net: [],
    faults: { loss: 0, duplicate: 0, crash: 0, 'database-lost': 0, timeout: 0, ...faults },
  };
}

function replaced<Item>(list: readonly Item[], at: number, item: Item): Item[] {
  return list.map((old, index) => (index === at ? item : old));
}

function spend(world: World, fault: Fault): World {
  return { ...world, faults: { ...world.faults, [fault]: world.faults[fault] - 1 } };
}

/** What can happen next without a fault. */
function* ordinary(world: World, rules: Rules): Generator<World> {
  for (const [at, crawler] of world.crawlers.entries()) {
    if (crawler === 'not-yet' && (at === 0 || world.crawlers[at - 1] !== 'not-yet')) yield lease(world, at);
    if (typeof crawler === 'object') yield* crawl(world, at, crawler);
  }
  for (const [at, storage] of world.storages.entries()) {
    if (storage) {
      const next = perform(world, at, storage, rules);
      if (next) yield next;
    } else yield* takeUp(world, at);
  }
  for (const [at, message] of world.net.entries())
    if ('answer' in message) yield deliver({ ...world, net: world.net.toSpliced(at, 1) }, message.to, message.answer);
  yield* free(world);
}

function lease(world: World, at: number): World {
  const epoch = at + 1;
  const { head } = world.chain;
  const seen = { ...world, chain: { ...world.chain, epoch: Math.max(world.chain.epoch, epoch) } };
  const base = head ? (world.stored[head.snapshot] ?? world.objects[`${head.generation}-${head.number}`]) : undefined;
  const cursor = base?.cursor ?? 0;
  if (cursor === SOURCE[at]) return { ...seen, crawlers: replaced(world.crawlers, at, 'idle') };
  const crawler: Crawler = {
    step: beginCommit(),
    epoch,
    generation: world.chain.generation,
    base: { snapshot: head?.snapshot, cursor, number: head?.number ?? 0 },
    packs: [],
  };
  return { ...seen, crawlers: replaced(world.crawlers, at, crawler) };
}

function* crawl(world: World, at: number, crawler: Crawler): Generator<World> {
  const become = (next: Crawler, change: Partial<World> = {}): World => ({
    ...world,
    ...change,
    crawlers: replaced(world.crawlers, at, next),
  });
  const { state, action } = crawler.step;
  switch (action?.do) {
    case 'flush':
    case 'begin-anew': {
      const attempt = action.do === 'flush' ? 0 : 1;
      const event = action.do === 'flush' ? 'flushed' : 'begun-anew';
      // A superseded holder whose packs are freed again and again would begin for ever; once is enough to see.
      if (attempt === 1 && crawler.packs[0]?.endsWith('-1')) {
        yield { ...world, crawlers: replaced(world.crawlers, at, 'gone') };
        return;
      }
      const packs =
        attempt === 0 && crawler.packs.length > 0 ? crawler.packs : [`pack-${crawler.epoch}-${attempt}` as PackName];
      const next = { ...crawler, packs, step: stepCrawler(state, { type: event }) };
      yield become(next, { packs: [...new Set([...world.packs, ...packs])].sort() });
      return;
    }
    case 'seal': {
      const sealed: Sealed = {
        commit: {
          snapshot: `snapshot-${crawler.epoch}-${crawler.packs.join('+')}` as SnapshotId,
          parent: crawler.base.snapshot,
          job: 'job' as JobId,
          epoch: crawler.epoch,
          generation: crawler.generation,
          number: crawler.base.number + 1,
          newPacks: crawler.packs,
        },
        from: crawler.base.cursor,
        cursor: SOURCE[at]!,
      };
      const asked = stepCrawler(state, { type: 'sealed' });
      yield become(
        { ...crawler, sealed, step: { ...asked, action: undefined } },
        { net: [...world.net, { request: sealed, from: at }] },
      );
      return;
    }
    case 'request':
      yield become(
        { ...crawler, step: { state, action: undefined } },
        { net: [...world.net, { request: crawler.sealed!, from: at }] },
      );
      return;
    case undefined: {
      const isWaiting = state.at === 'requesting' && !isInFlight(world, at);
      if (isWaiting) yield become({ ...crawler, step: stepCrawler(state, { type: 'unanswered' }) });
    }
  }
}

function isInFlight(world: World, crawler: number): boolean {
  return (
    world.net.some((message) => ('request' in message ? message.from : message.to) === crawler) ||
    world.storages.some((storage) => storage?.client === crawler)
  );
}

function deliver(world: World, at: number, answer: CommitAnswer): World {
  const crawler = world.crawlers[at];
  if (typeof crawler !== 'object') return world;
  const step = stepCrawler(crawler.step.state, { type: 'answered', answer });
  return {
    ...world,
    crawlers: replaced(world.crawlers, at, {
      ...crawler,
      step: { ...step, action: step.action ?? crawler.step.action },
    }),
  };
}

function* takeUp(world: World, at: number): Generator<World> {
  const work = (storage: Storage, net = world.net): World => ({
    ...world,
    net,
    storages: replaced(world.storages, at, storage),
  });
  for (const [place, message] of world.net.entries())
    if ('request' in message) {
      const storage = { step: startCommit(message.request.commit), sealed: message.request, client: message.from };
      yield work(storage, world.net.toSpliced(place, 1));
    }
  const { head } = world.chain;
  if (head && !head.isVisible) yield work({ step: finishStored(head.snapshot), sealed: undefined, client: undefined });
}

/** Does what a storage process has to do next, and tells it what came of it. */
function perform(world: World, at: number, { step, sealed, client }: Storage, rules: Rules): World | undefined {
  const { state, action } = step;
  const tell = (event: StorageCommitEvent, change: Partial<World> = {}): World => ({
    ...world,
    ...change,
    storages: replaced(world.storages, at, { step: stepStorage(state, event), sealed, client }),
  });
  switch (action?.do) {
    case 'check-packs':
      return tell({ type: 'packs-checked', missing: action.packs.filter((pack) => !world.packs.includes(pack)) });
    case 'decide': {
      const condemned = action.commit.newPacks.filter((pack) => world.condemned.includes(pack));
      const decision = rules.decide(world.chain, action.commit, condemned);
      if (decision.do === 'store' && action.commit.epoch < world.chain.epoch && !rules.allowsZombies)
        throw new Error('zombie commit');
      const stored = decision.do === 'store' ? { ...world.stored, [action.commit.snapshot]: sealed! } : world.stored;
      return tell({ type: 'decided', decision }, { chain: chainAfter(world.chain, action.commit, decision), stored });
    }
    case 'put': {
      const object = sealed?.commit.snapshot === action.snapshot ? sealed : world.stored[action.snapshot];
      if (!object) return tell({ type: 'failed' });
      const there = world.objects[nameOf(object)];
      if (there) return tell({ type: 'put', found: there.commit.snapshot === action.snapshot ? 'same' : 'other' });
      return tell({ type: 'put', found: 'nothing' }, { objects: { ...world.objects, [nameOf(object)]: object } });
    }
    case 'mark-visible': {
      const { head } = world.chain;
      if (head?.snapshot !== action.snapshot) return tell({ type: 'failed' });
      return tell({ type: 'marked' }, { chain: { ...world.chain, head: { ...head, isVisible: true } } });
    }
    case 'answer': {
      const net = client === undefined ? world.net : [...world.net, { answer: action.answer, to: client }];
      return { ...world, net, storages: replaced(world.storages, at, null) };
    }
    case undefined:
      return undefined;
  }
}

/** Space freeing: packs of superseded holders that no stored snapshot needs are condemned, and go later. */
function* free(world: World): Generator<World> {
  const needed = new Set(
    [...Object.values(world.stored), ...Object.values(world.objects)].flatMap(({ commit }) => commit.newPacks),
  );
  for (const pack of world.packs) {
    const isOpen = Number(pack.split('-')[1]) >= world.chain.epoch;
    if (!world.condemned.includes(pack) && !needed.has(pack) && !isOpen)
      yield { ...world, condemned: [...world.condemned, pack].sort() };
    if (world.condemned.includes(pack)) yield { ...world, packs: world.packs.filter((other) => other !== pack) };
  }
}

function* faulty(world: World, rules: Rules): Generator<World> {
  if (world.faults.loss > 0) {
    for (const at of world.net.keys()) yield spend({ ...world, net: world.net.toSpliced(at, 1) }, 'loss');
    for (const [at, storage] of world.storages.entries()) {
      const done = storage?.step.action?.do === 'put' && perform(world, at, storage, rules);
      // The bytes arrived and the acknowledgement did not.
      if (done)
        yield spend(
          {
            ...done,
            storages: replaced(world.storages, at, {
              ...storage,
              step: stepStorage(storage.step.state, { type: 'failed' }),
            }),
          },
          'loss',
        );
    }
  }
  if (world.faults.duplicate > 0)
    for (const message of world.net) yield spend({ ...world, net: [...world.net, message] }, 'duplicate');
  if (world.faults.crash > 0) {
    for (const [at, storage] of world.storages.entries())
      if (storage) yield spend({ ...world, storages: replaced(world.storages, at, null) }, 'crash');
    for (const [at, crawler] of world.crawlers.slice(0, -1).entries())
      if (typeof crawler === 'object')
        yield spend({ ...world, crawlers: replaced(world.crawlers, at, 'gone') }, 'crash');
  }
  if (world.faults.timeout > 0)
    for (const [at, crawler] of world.crawlers.entries())
      if (typeof crawler === 'object' && crawler.step.state.at === 'requesting' && !crawler.step.action)
        yield spend(
          {
            ...world,
            crawlers: replaced(world.crawlers, at, {
              ...crawler,
              step: stepCrawler(crawler.step.state, { type: 'unanswered' }),
            }),
          },
          'timeout',
        );
  if (world.faults['database-lost'] > 0) {
    const head = rebuiltHead(world, rules);
    const chain = {
      generation: world.chain.generation + 1,
      epoch: 0,
      head: head && { snapshot: head.snapshot, generation: head.generation, number: head.number, isVisible: true },
    };
    yield spend({ ...world, chain, stored: {}, condemned: [] }, 'database-lost');
  }
}

/** The snapshots from this one back to the first, or what breaks the chain. */
function lineage(world: World, head: SnapshotId | undefined): Sealed[] {
  const known = new Map(
    [...Object.values(world.stored), ...Object.values(world.objects)].map((sealed) => [sealed.commit.snapshot, sealed]),
  );
  const line: Sealed[] = [];
  for (let at = head; at !== undefined; at = line.at(-1)!.commit.parent) {
    const sealed = known.get(at);
    if (!sealed) throw new Error(`the chain refers to ${at}, which nobody has`);
    line.push(sealed);
  }
  return line;
}

/** What a rebuild at this moment would take for the head. */
function rebuiltHead(world: World, { choose }: Rules): Commit | undefined {
  const listed = Object.values(world.objects).map(({ commit }) => commit);
  return choose(listed, (pack) => world.packs.includes(pack));
}

function checkWhole(world: World, line: readonly Sealed[]): void {
  for (const { commit } of line)
    for (const pack of commit.newPacks)
      if (!world.packs.includes(pack)) throw new Error(`cursor ahead of the data: ${pack} is missing`);
  for (const [at, sealed] of line.entries())
    if (sealed.from !== (line[at + 1]?.cursor ?? 0)) throw new Error('an item is lost between two snapshots');
}

function checkSafety(world: World, rules: Rules): void {
  checkWhole(world, lineage(world, rebuiltHead(world, rules)?.snapshot));
  checkWhole(world, lineage(world, world.chain.head?.snapshot));
  const line = lineage(world, world.chain.head?.snapshot);
  for (const [at, { commit }] of line.entries())
    if (commit.number !== line.length - at) throw new Error('numbers do not count up');
  for (const crawler of world.crawlers)
    if (typeof crawler === 'object' && crawler.step.state.at === 'committed') {
      const { snapshot } = crawler.step.state;
      if (!line.some(({ commit }) => commit.snapshot === snapshot))
        throw new Error('an acknowledged snapshot is not in the chain');
      if (!Object.values(world.objects).some(({ commit }) => commit.snapshot === snapshot))
        throw new Error('an acknowledged snapshot is nowhere');
    } else if (
      typeof crawler === 'object' &&
      crawler.step.state.at === 'refused' &&
      crawler.step.state.because === 'name-taken'
    )
      throw new Error('two snapshots wanted one name');
}

/** Nothing is left to do: what is stored is visible, and the last holder got its items in or was told that another did. */
function checkEnd(world: World): void {
  const { head } = world.chain;
  if (head && !head.isVisible) throw new Error('a stored snapshot never became visible');
  const last = world.crawlers.at(-1);
  const isRefused = typeof last === 'object' && last.step.state.at === 'refused';
  const cursor = lineage(world, head?.snapshot)[0]?.cursor ?? 0;
  if (!isRefused && cursor !== SOURCE.at(-1)) throw new Error(`items are left behind at cursor ${cursor}`);
}

/** The same world whatever the order of messages and of storage processes. */
function keyOf(world: World): string {
  const unordered = (list: readonly unknown[]) => list.map((each) => JSON.stringify(each)).sort();
  return JSON.stringify({ ...world, net: unordered(world.net), storages: unordered(world.storages) });
}

function explore(faults: Partial<Record<Fault, number>>, rules: Rules = sound): number {
  const first = start(faults);
  const seen = new Set([keyOf(first)]);
  const open: [World, string][] = [[first, keyOf(first)]];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const [world, ownKey] = entry;
    checkSafety(world, rules);
    const next = [...ordinary(world, rules)]
      .map((other) => [other, keyOf(other)] as const)
      .filter(([, key]) => key !== ownKey);
    if (next.length === 0) checkEnd(world);
    const broken = [...faulty(world, rules)].map((other) => [other, keyOf(other)] as const);
    for (const [other, key] of [...next, ...broken]) {
      if (seen.has(key)) continue;
      seen.add(key);
      open.push([other, key]);
    }
  }
  return seen.size;
}

describe('commit protocol, every interleaving', () => {
  it.each<[Partial<Record<Fault, number>>]>([
    [{}],
    [{ loss: 1 }],
    [{ duplicate: 1 }],
    [{ crash: 1 }],
    [{ timeout: 1 }],
    [{ 'database-lost': 1 }],
  ])('keeps the cursor behind the data, lets no zombie commit and loses no item (%j)', (faults) => {
    expect(explore(faults)).toBeGreaterThan(1000);
  });
});

describe('the exploration finds what a broken protocol does', () => {
  it('a commit of an old epoch', () => {
    const decide: Rules['decide'] = (chain, commit, condemned) =>
      decideCommit({ ...chain, epoch: 0 }, commit, condemned);
    expect(() => explore({}, { ...sound, decide })).toThrow(/zombie/);
  });

  it('a commit on another parent, where the epoch does not hold it back', () => {
    const decide: Rules['decide'] = (chain, commit, condemned) => {
      const parent = chain.head?.snapshot;
      const number = (chain.head?.number ?? 0) + 1;
      return decideCommit(chain, { ...commit, epoch: chain.epoch, parent, number }, condemned);
    };
    expect(() => explore({}, { ...sound, decide, allowsZombies: true })).toThrow(/name|lost|chain/);
  });

  it('a rebuild that takes a snapshot whose packs were freed', () => {
    const choose: Rules['choose'] = (listed) => chooseHead(listed, () => true);
    expect(() => explore({ 'database-lost': 1 }, { ...sound, choose })).toThrow(/cursor ahead/);
  });

  it('a rebuilt vault that keeps its generation', () => {
    const decide: Rules['decide'] = (chain, commit, condemned) =>
      decideCommit({ ...chain, generation: commit.generation }, commit, condemned);
    expect(() => explore({ 'database-lost': 1 }, { ...sound, decide })).toThrow();
  });
});
