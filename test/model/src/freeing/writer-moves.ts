import type { PackName, SnapshotId, JobId } from '@holdfast/kernel';
import type { Rules } from './rules.js';
import {
  isLive,
  type Move,
  putAt,
  renumbered,
  type Snapshot,
  snapshotOf,
  again,
  spend,
  withPack,
  withSnapshot,
  type World,
  type Writer,
} from './world.js';

/** What scheduler and the holders of tasks can do next: services/crawler/src/app, services/storage/src/adapters/postgres. */
export function* writerMoves(world: World, rules: Rules): Generator<Move> {
  const { task, jobs } = world;
  if (task.state === 'ready')
    yield { text: () => `scheduler  leases epoch ${world.nextEpoch}`, make: () => lease(world) };
  if (task.state === 'ended' && Math.floor(task.job) + 1 < jobs.length)
    yield {
      text: () => `scheduler  starts job ${Math.floor(task.job) + 2}`,
      make: () => opened(world, Math.floor(task.job) + 1, false),
    };
  if (task.state === 'ended' && world.erasure !== null && world.left.renew > 0) yield renews(spend(world, 'renew'));
  // A holder that was refused, or died, leaves its lease to run out.
  if (task.state === 'leased' && !world.writers.some(({ epoch }) => epoch === task.epoch))
    yield { text: () => `scheduler  sees the lease of ${task.epoch} run out`, make: () => lease(world) };
  for (const writer of world.writers) yield* movesOf(world, writer, rules);
}

export function* writerFaults(world: World): Generator<Move> {
  const { task, left, writers } = world;
  const isHeld = task.state === 'leased' && writers.some(({ epoch }) => epoch === task.epoch);
  if (left.lapse > 0 && isHeld)
    yield {
      text: () => `scheduler  takes the lease of ${task.epoch} for lapsed`,
      make: () => lease(spend(world, 'lapse')),
    };
  if (left.stop > 0 && isHeld)
    yield {
      text: () => `scheduler  stops the task of ${task.epoch}, whose holder sleeps`,
      make: () => ({ ...again(spend(world, 'stop')), task: { ...task, state: 'ended' } }),
    };
  if (left.crash > 0)
    for (const writer of writers)
      yield { text: () => `writer ${writer.epoch}   crashes`, make: () => end(spend(world, 'crash'), writer) };
}

/** A job of its own between two backups. */
export const renews = (world: World): Move => ({
  text: () => 'scheduler  has the newest snapshot stated anew',
  make: () => opened(world, world.task.job + 1 / 16, true),
});

function opened(world: World, job: number, isRenewal: boolean): World {
  return { ...world, task: { job, state: 'ready', epoch: 0, firstEpoch: 0, begunAt: -1, isRenewal } };
}

function lease(world: World): World {
  const { task, nextEpoch: epoch, nextStamp } = world;
  const writer: Writer = {
    job: task.job,
    epoch,
    at: 'opening',
    base: 0,
    carried: [],
    seen: [],
    fresh: [],
    pack: 0,
    content: world.jobs[task.job] ?? [],
    isRenewal: task.isRenewal,
    of: 0,
    holdsGone: false,
  };
  const begunAt = task.begunAt < 0 ? nextStamp - 1 : task.begunAt;
  return {
    ...world,
    task: { ...task, state: 'leased', epoch, firstEpoch: task.firstEpoch || epoch, begunAt },
    nextEpoch: epoch + 1,
    writers: [...world.writers, writer],
  };
}

function* movesOf(world: World, writer: Writer, rules: Rules): Generator<Move> {
  const move = (what: string, make: () => World): Move => ({ text: () => `writer ${writer.epoch}   ${what}`, make });
  switch (writer.at) {
    case 'opening':
      yield move('opens the chain', () => open(world, writer, rules));
      return;
    case 'asking':
      yield move('asks which chunks are known', () => ask(world, writer, rules, false));
      if (world.left.lag > 0)
        yield move('asks, and a filter calls all of them new', () => ask(spend(world, 'lag'), writer, rules, true));
      return;
    case 'pinning':
      yield move('has them pinned', () => pin(world, writer));
      return;
    case 'putting':
      yield move(`puts pack ${world.nextPack}: ${writer.fresh.join(', ')}`, () => put(world, writer));
      return;
    case 'registering':
      yield move(`has pack ${writer.pack} registered`, () => register(world, writer, rules));
      return;
    case 'committing':
      yield move('asks for the commit', () => commit(world, writer, rules));
      if (world.left.loss > 0)
        yield move('asks for the commit, and never hears of it', () => {
          const after = commit(spend(world, 'loss'), writer, rules);
          return end(after, writer);
        });
      return;
    case 'showing':
      yield move('has its snapshot put and shown', () =>
        show(world, writer.epoch, { ...writer, at: writer.isRenewal ? 'replacing' : 'ending' }),
      );
      return;
    case 'replacing':
      yield move(`takes snapshot ${writer.of} out of sight, which its own stands for`, () => replace(world, writer));
      return;
    case 'ending':
      yield move('says that it is finished', () => {
        const { task } = world;
        const isHeld = task.state === 'leased' && task.epoch === writer.epoch;
        return end(isHeld ? { ...world, task: { ...task, state: 'ended' } } : world, writer);
      });
  }
}

function fenced(world: World, epoch: number, { decideFence }: Rules): World | undefined {
  switch (decideFence(world.epoch, epoch)) {
    case 'pass':
      return world;
    case 'raise':
      return { ...world, epoch };
    case 'refuse':
      return undefined;
  }
}

/** A head that is stored and not shown is finished first (services/storage/src/app/find-head.ts). */
function open(world: World, writer: Writer, rules: Rules): World {
  const passed = fenced(world, writer.epoch, rules);
  if (!passed) return end(world, writer);
  const stored = snapshotOf(passed, passed.head);
  const ready = stored && !stored.isVisible ? show(passed, stored.epoch) : passed;
  const parent = snapshotOf(ready, ready.head);
  if (writer.isRenewal) return renew(ready, writer, rules);
  const { content } = writer;
  const carried = parent && !parent.isRetired ? content.filter((chunk) => parent.needs.includes(chunk)) : [];
  return become(ready, { ...writer, at: 'asking', base: ready.head, carried });
}

/** services/crawler/src/app/chain-renewal.ts */
function renew(world: World, writer: Writer, rules: Rules): World {
  const newest = world.snapshots.findLast(({ isVisible, isRetired }) => isVisible && !isRetired);
  if (!newest || newest.names.length === 0) return become(world, { ...writer, at: 'ending' });
  const pack = rules.renewalNamesNothing ? 0 : (newest.names[0] ?? 0);
  const { number: of, needs: content } = newest;
  return become(world, { ...writer, at: 'committing', base: world.head, of, content, pack });
}

/** Where retention has let go its own meanwhile, the one before stays. */
function replace(world: World, writer: Writer): World {
  const made = world.snapshots.find(({ epoch }) => epoch === writer.epoch);
  const isShown = made?.isVisible === true && !made.isRetired;
  const next = become(world, { ...writer, at: 'ending' });
  return isShown ? withSnapshot(next, writer.of, { isRetired: true }) : next;
}

function ask(world: World, writer: Writer, rules: Rules, isNewToAll: boolean): World {
  const wanted = writer.content.filter((chunk) => !writer.carried.includes(chunk));
  const passed = wanted.length > 0 && !isNewToAll ? fenced(world, writer.epoch, rules) : world;
  if (!passed) return end(world, writer);
  const packOf = (chunk: string) => (isNewToAll ? 0 : (passed.index[chunk] ?? 0));
  const known = wanted.filter((chunk) => isLive(passed, packOf(chunk)));
  const fresh = wanted.filter((chunk) => !known.includes(chunk));
  const seen = [...new Set(known.map(packOf))];
  const next: Writer = { ...writer, fresh, seen, at: 'pinning' };
  const asked = become(passed, next);
  return rules.pinsAsItLooks ? pin(asked, next) : asked;
}

function pin(world: World, writer: Writer): World {
  const { job, epoch, seen, fresh } = writer;
  const others = world.pins.filter(([pack, of]) => of !== job || !seen.includes(pack));
  const pins = [...others, ...seen.map((pack) => [pack, job, epoch] as const)];
  return become({ ...world, pins }, { ...writer, seen: [], at: fresh.length > 0 ? 'putting' : 'committing' });
}

function put(world: World, writer: Writer): World {
  const pack = world.nextPack;
  const made = withPack(world, pack, { chunks: withBeside(world, writer), state: 'made' });
  return become(putAt({ ...made, nextPack: pack + 1 }, 0, 'packs', pack), { ...writer, at: 'registering', pack });
}

function register(world: World, writer: Writer, rules: Rules): World {
  const mayPass = rules.registersUnderItsFence ? fenced(world, writer.epoch, rules) : world;
  if (!mayPass) return end(world, writer);
  const passed = renumbered(mayPass, writer.pack);
  const pack = world.nextPack;
  const held = writer.fresh.flatMap((chunk) => (isLive(passed, passed.index[chunk] ?? 0) ? [chunk] : []));
  const holders = new Set(held.map((chunk) => passed.index[chunk] ?? 0));
  const taken = writer.fresh.filter((chunk) => !held.includes(chunk));
  const index = { ...passed.index, ...Object.fromEntries(taken.map((chunk) => [chunk, pack])) };
  const doubles = [...passed.doubles, ...[...holders].map((holder) => [pack, holder] as const)];
  const { chunks = [] } = passed.packs[pack] ?? {};
  const registered = withPack({ ...passed, index: besideIn(passed, index, pack), doubles }, pack, {
    chunks,
    state: 'live',
  });
  return become(stamped(registered, pack), { ...writer, pack, at: 'committing' });
}

/** What another task of the process had to store at the same time. */
function withBeside({ beside, isBesideGone }: World, { fresh, holdsGone }: Writer): readonly string[] {
  return beside !== undefined && (!isBesideGone || holdsGone) ? [...fresh, beside] : fresh;
}

function besideIn({ beside, packs }: World, index: World['index'], pack: number): World['index'] {
  const isThere = beside !== undefined && packs[pack]?.chunks.includes(beside);
  return isThere ? { ...index, [beside]: index[beside] ?? pack } : index;
}

export function stamped(world: World, pack: number): World {
  const { nextStamp } = world;
  return { ...world, stamps: { ...world.stamps, [pack]: nextStamp }, nextStamp: nextStamp + 1 };
}

/** The deciding transaction (services/storage/src/adapters/postgres/decide-in-chain.ts, packs-gone.ts). */
function commit(world: World, writer: Writer, rules: Rules): World {
  const head = snapshotOf(world, world.head);
  const names = writer.pack > 0 ? [writer.pack] : [];
  const decision = rules.decideCommit(
    {
      generation: 1,
      epoch: world.epoch,
      head: head && { snapshot: idOf(head.number), generation: 1, number: head.number, isVisible: head.isVisible },
    },
    {
      snapshot: `of ${writer.epoch}` as SnapshotId,
      parent: writer.base > 0 ? idOf(writer.base) : undefined,
      job: `${writer.job}` as JobId,
      epoch: writer.epoch,
      generation: 1,
      number: writer.base + 1,
      newPacks: names.map((name) => `${name}` as PackName),
    },
    gone(world, writer, names, rules).map((pack) => `${pack}` as PackName),
  );
  if (decision.do === 'finish-head') return commit(show(world, head?.epoch ?? 0), writer, rules);
  if (decision.do !== 'store') return end(world, writer);
  const snapshot: Snapshot = {
    number: writer.base + 1,
    epoch: writer.epoch,
    needs: writer.content,
    names,
    isVisible: false,
    isRetired: false,
    isLetGo: false,
    stamp: 0,
  };
  const stored = { ...world, snapshots: [...world.snapshots, snapshot], head: snapshot.number };
  return become(stored, { ...writer, at: 'showing' });
}

const idOf = (number: number) => `snapshot ${number}` as SnapshotId;

function gone(world: World, { epoch }: Writer, names: readonly number[], rules: Rules): readonly number[] {
  const pinned = world.pins.flatMap(([pack, , by]) => (by === epoch ? [pack] : []));
  const holders = world.doubles.flatMap(([pack, holder]) => (names.includes(pack) ? [holder] : []));
  return [...names, ...pinned, ...(rules.looksForHolders ? holders : [])].filter((pack) => !isLive(world, pack));
}

/** PUT, and what is noted with its acknowledgement. */
function show(world: World, epoch: number, writer?: Writer): World {
  const snapshot = world.snapshots.find((each) => each.epoch === epoch);
  if (!snapshot) return world;
  const stamp = snapshot.stamp > 0 ? snapshot.stamp : world.nextStamp;
  const shown = withSnapshot({ ...world, nextStamp: Math.max(world.nextStamp, stamp + 1) }, snapshot.number, {
    isVisible: true,
    stamp,
  });
  const there = snapshot.isVisible ? shown : putAt(shown, 0, 'snapshots', snapshot.number);
  const unpinned = { ...there, pins: there.pins.filter(([, , by]) => by !== epoch) };
  return writer ? become(unpinned, writer) : unpinned;
}

function become(world: World, writer: Writer): World {
  return { ...world, writers: world.writers.map((old) => (old.epoch === writer.epoch ? writer : old)) };
}

function end(world: World, { epoch }: Writer): World {
  return { ...world, writers: world.writers.filter((other) => other.epoch !== epoch) };
}
