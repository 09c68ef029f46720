import type { JobId, PackName, SnapshotId } from '@holdfast/kernel';
import type { CommitAnswer, CrawlerCommitEvent } from '@holdfast/vault';
import type { Protocol } from './protocol.js';
import {
  type Content,
  type Crawler,
  type Move,
  nameOf,
  type SavedCheckpoint,
  type Sealed,
  spend,
  withDb,
  type World,
} from './world.js';

/** What every holder of the task can do next: services/crawler/src/app/{crawl-resource,resource-run,perform-commit}.ts. */
export function* crawlerMoves(world: World, protocol: Protocol): Generator<Move> {
  for (const crawler of world.crawlers) yield* movesOf(world, crawler, protocol);
}

function* movesOf(world: World, crawler: Crawler, protocol: Protocol): Generator<Move> {
  const move = (what: string, make: () => World): Move => ({
    text: () => `crawler ${crawler.epoch}  ${what}`,
    make,
  });
  switch (crawler.at) {
    case 'opening':
      if (isHeadFinished(world)) yield move('opens the head', () => open(world, crawler, protocol));
      return;
    case 'reading':
      yield* read(world, crawler, protocol, move);
      return;
    case 'putting-pack':
      yield move(`puts ${packOf(crawler)}: changes ${crawler.open.join(', ') || 'none'}`, () =>
        putPack(world, crawler),
      );
      return;
    case 'registering':
      yield move(`has ${packOf(crawler)} registered`, () => register(world, crawler, protocol));
      return;
    case 'saving':
      yield move('saves its checkpoint', () => saveCheckpoint(world, crawler));
      return;
    case 'committing':
      yield* commit(world, crawler, protocol, move);
      return;
    case 'finishing':
      yield move('says that the task is finished', () => finish(world, crawler));
  }
}

/** `GetHead` answers a head only when it is visible, and has it finished first (services/storage/src/app/find-head.ts). */
function isHeadFinished({ db }: World): boolean {
  return db.head === undefined || db.snapshots[db.head] === 'visible';
}

function open(world: World, crawler: Crawler, protocol: Protocol): World {
  const { head } = world.db;
  const parent = head && world.sealed[head];
  // Somebody committed this job's snapshot and died before saying so.
  if (parent?.commit.job === crawler.job) return become(world, { ...crawler, at: 'finishing' });
  const base: Content = parent?.content ?? { cursor: 0, stored: {}, owed: [] };
  const { saved } = crawler;
  const resumed = saved && protocol.canResume(saved, head) ? saved : undefined;
  return become(world, {
    ...crawler,
    at: 'reading',
    saved: undefined,
    base: head,
    content: resumed?.content ?? base,
    packs: resumed?.packs ?? [],
  });
}

type Named = (what: string, make: () => World) => Move;

/** Changes are read one after the other; where several are left a checkpoint may come between. */
function* read(world: World, crawler: Crawler, protocol: Protocol, move: Named): Generator<Move> {
  const { content, packsMade } = crawler;
  const next = [...content.owed, ...range(content.cursor + 1, world.source)];
  const [first] = next;
  if (first === undefined || packsMade > 0) {
    yield move(`reads ${next.join(', ') || 'nothing new'}, and is through`, () =>
      take(world, crawler, next, 'commit', protocol),
    );
  } else {
    yield move(`reads ${next.join(', ')}, and is through`, () => take(world, crawler, next, 'commit', protocol));
    if (next.length > 1)
      yield move(`reads ${first}, and makes a checkpoint`, () => take(world, crawler, [first], 'checkpoint', protocol));
  }
  if (first !== undefined && world.left.failure > 0 && !content.owed.includes(first))
    yield move(`cannot read ${first} and owes it`, () =>
      become(spend(world, 'failure'), {
        ...crawler,
        content: { ...content, cursor: first, owed: [...content.owed, first] },
      }),
    );
}

/** The look-up fences, and pins the packs that it names, in one transaction (services/storage/src/adapters/postgres/postgres-chunk-index.ts). */
function take(
  world: World,
  crawler: Crawler,
  changes: readonly number[],
  then: Crawler['then'],
  protocol: Protocol,
): World {
  const fenced = fence(world, crawler.epoch, protocol);
  if (!fenced) return end(world, crawler);
  const { content } = crawler;
  const stored = { ...content.stored };
  const known: PackName[] = [];
  const fresh: number[] = [];
  for (const change of changes) {
    const pack = holderOf(fenced, change);
    if (pack) known.push(pack);
    else fresh.push(change);
    stored[change] = pack ?? packOf(crawler);
  }
  return become(pinned(fenced, known, crawler.epoch), {
    ...crawler,
    at: then === 'commit' ? 'committing' : 'putting-pack',
    then,
    content: {
      cursor: Math.max(content.cursor, ...changes),
      stored,
      owed: content.owed.filter((change) => !changes.includes(change)),
    },
    open: fresh,
    step: then === 'commit' ? protocol.beginCommit() : undefined,
  });
}

/** Bytes are PUT to a place that was given minutes before: nothing fences them. */
function putPack(world: World, crawler: Crawler): World {
  const packs = { ...world.packs, [packOf(crawler)]: crawler.open };
  return become({ ...world, packs }, { ...crawler, at: 'registering' });
}

/** Under a grant, after the trailer was read back from the destination (services/storage/src/app/register-packs.ts). */
function register(world: World, crawler: Crawler, protocol: Protocol): World {
  const pack = packOf(crawler);
  const fenced = fence(world, crawler.epoch, protocol);
  if (!fenced || !(pack in world.packs)) return end(world, crawler);
  const index = { ...fenced.db.index, [pack]: fenced.db.index[pack] ?? 'live' };
  const next: Crawler = {
    ...crawler,
    open: [],
    packs: [...crawler.packs, pack],
    packsMade: crawler.packsMade + 1,
    at: crawler.then === 'checkpoint' ? 'saving' : 'committing',
  };
  const registered = pinned(withDb(fenced, { index }), [pack], crawler.epoch);
  if (!next.step) return become(registered, next);
  return become(registered, { ...next, step: protocol.stepCrawler(next.step.state, { type: 'flushed' }) });
}

/** Refused unless this is the task's present lease (services/scheduler/src/adapters/postgres/postgres-tasks.ts). */
function saveCheckpoint(world: World, crawler: Crawler): World {
  if (!holds(world, crawler)) return end(world, crawler);
  const { base: parent, content, packs } = crawler;
  const checkpoint = { parent, content, packs };
  return become(withDb(world, { task: { ...world.db.task, checkpoint } }), { ...crawler, at: 'reading' });
}

function* commit(world: World, crawler: Crawler, protocol: Protocol, move: Named): Generator<Move> {
  if (!crawler.step) return;
  const { state, action } = crawler.step;
  const tell = (event: CrawlerCommitEvent) => protocol.stepCrawler(state, event);
  switch (action?.do) {
    case 'flush':
      yield move('finishes its pack', () => become(world, { ...crawler, at: 'putting-pack' }));
      return;
    case 'seal': {
      const sealed = seal(world, crawler);
      yield move(`seals snapshot ${nameOf(sealed)} up to change ${sealed.content.cursor}`, () =>
        become(
          { ...world, sealed: { ...world.sealed, [sealed.commit.snapshot]: sealed } },
          { ...crawler, sealed: sealed.commit.snapshot, step: tell({ type: 'sealed' }) },
        ),
      );
      return;
    }
    case 'request':
      yield move('asks storage to commit', () => request(world, crawler));
      return;
    case 'begin-anew':
      yield move('empties its checkpoint and gives the task back', () => beginAnew(world, crawler));
      return;
    case undefined:
      if (state.at === 'requesting' && !isAnswerDue(world, crawler.epoch))
        yield move('gets no answer', () => become(world, { ...crawler, step: tell({ type: 'unanswered' }) }));
  }
}

function seal(world: World, crawler: Crawler): Sealed {
  const { base, epoch, generation, job, packs, content, sealed } = crawler;
  const parent = base && world.sealed[base];
  return {
    commit: {
      snapshot: `${generation}.${epoch}${sealed === undefined ? '' : ' again'}` as SnapshotId,
      parent: base,
      job,
      epoch,
      generation,
      number: (parent?.commit.number ?? 0) + 1,
      newPacks: packs,
    },
    content,
  };
}

function request(world: World, crawler: Crawler): World {
  if (!crawler.step || crawler.sealed === undefined) return world;
  const step = { state: crawler.step.state, action: undefined };
  return become(
    { ...world, net: [...world.net, { request: crawler.sealed, from: crawler.epoch }] },
    { ...crawler, step },
  );
}

function beginAnew(world: World, crawler: Crawler): World {
  if (!holds(world, crawler)) return end(world, crawler);
  const task = { ...world.db.task, state: 'ready' as const, checkpoint: undefined };
  return end(withDb(world, { task }), crawler);
}

function finish(world: World, crawler: Crawler): World {
  if (!holds(world, crawler)) return end(world, crawler);
  const task = { ...world.db.task, state: 'done' as const, checkpoint: undefined };
  return end(withDb(world, { task }), crawler);
}

/** The answer reaches the crawler of that epoch, if there still is one. */
export function deliver(world: World, to: number, answer: CommitAnswer, protocol: Protocol): World {
  const crawler = world.crawlers.find(({ epoch }) => epoch === to);
  if (!crawler?.step) return world;
  const stepped = protocol.stepCrawler(crawler.step.state, { type: 'answered', answer });
  const step = { ...stepped, action: stepped.action ?? crawler.step.action };
  switch (step.state.at) {
    case 'committed':
      return become(
        { ...world, told: [...new Set([...world.told, step.state.snapshot])].sort() },
        { ...crawler, at: 'finishing', step },
      );
    case 'refused':
      // The lease is left to lapse (services/crawler/src/app/crawl-resource.ts).
      return end(world, crawler);
    default:
      return become(world, { ...crawler, step });
  }
}

/** A holder as it comes from its lease. */
export function newCrawler(epoch: number, generation: number, job: JobId, saved?: SavedCheckpoint): Crawler {
  return {
    epoch,
    generation,
    job,
    saved,
    at: 'opening',
    then: 'commit',
    base: undefined,
    content: { cursor: 0, stored: {}, owed: [] },
    open: [],
    packs: [],
    packsMade: 0,
    step: undefined,
    sealed: undefined,
  };
}

/** The world after the fence let the epoch pass; undefined where it did not. */
export function fence(world: World, epoch: number, { decideFence }: Protocol): World | undefined {
  switch (decideFence(world.db.epoch, epoch)) {
    case 'pass':
      return world;
    case 'raise':
      return withDb(world, { epoch });
    case 'refuse':
      return undefined;
  }
}

/** Whether somebody may still answer, or has answered, the crawler of this epoch. */
export function isAnswerDue(world: World, epoch: number): boolean {
  return (
    world.net.some((message) => ('request' in message ? message.from : message.to) === epoch) ||
    world.storages.some((storage) => storage?.client === epoch)
  );
}

export function become(world: World, crawler: Crawler): World {
  return { ...world, crawlers: world.crawlers.map((old) => (old.epoch === crawler.epoch ? crawler : old)) };
}

/** Nobody listens for the answers to a crawler that is gone. */
export function end(world: World, { epoch }: Crawler): World {
  return {
    ...world,
    crawlers: world.crawlers.filter((other) => other.epoch !== epoch),
    net: world.net.filter((message) => !('answer' in message) || message.to !== epoch),
  };
}

function holds({ db: { task } }: World, { epoch, job }: Crawler): boolean {
  return task.state === 'leased' && task.epoch === epoch && task.job === job;
}

function holderOf({ db, packs }: World, change: number): PackName | undefined {
  return (Object.keys(db.index) as PackName[]).find(
    (pack) => db.index[pack] === 'live' && packs[pack]?.includes(change),
  );
}

function pinned(world: World, packs: readonly PackName[], epoch: number): World {
  if (packs.length === 0) return world;
  const { pins } = world.db;
  const added = Object.fromEntries(packs.map((pack) => [pack, Math.max(epoch, pins[pack] ?? 0)]));
  return withDb(world, { pins: { ...pins, ...added } });
}

function packOf({ generation, epoch, packsMade }: Crawler): PackName {
  return `pack-${generation}.${epoch}.${packsMade + 1}` as PackName;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
}
