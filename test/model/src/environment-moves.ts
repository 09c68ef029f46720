import type { PackName, SnapshotId } from '@holdfast/kernel';
import type { Commit } from '@holdfast/vault';
import { end, isAnswerDue, newCrawler } from './crawler-moves.js';
import type { Protocol } from './protocol.js';
import { idle } from './storage-moves.js';
import { type Database, jobId, type Move, spend, withDb, type World } from './world.js';

/** What scheduler does, and what happens at the source. */
export function* schedulerMoves(world: World): Generator<Move> {
  const { task, nextEpoch } = world.db;
  if (world.left.change > 0)
    yield {
      text: () => `source     changes: ${world.source + 1}`,
      make: () => spend({ ...world, source: world.source + 1 }, 'change'),
    };
  if (task.state === 'ready') yield { text: () => `scheduler  leases epoch ${nextEpoch}`, make: () => lease(world) };
  if (task.state === 'done' && isWorkLeft(world))
    yield {
      text: () => 'scheduler  starts another job',
      make: () =>
        withDb(world, {
          task: { ...task, job: jobId(Number(task.job.split('-')[1]) + 1), state: 'ready', checkpoint: undefined },
        }),
    };
}

/** A lease that ran out while nobody works any more: a crawler that was refused, or crashed, left it so. */
export function* healingMoves(world: World): Generator<Move> {
  if (world.db.task.state === 'leased' && world.left.healing > 0)
    yield {
      text: () => `scheduler  sees the lease run out, and leases epoch ${world.db.nextEpoch}`,
      make: () => lease(spend(world, 'healing')),
    };
}

function lease(world: World): World {
  const { task, nextEpoch: epoch, generation } = world.db;
  const crawler = newCrawler(epoch, generation, task.job, task.checkpoint);
  const leased = withDb(world, { task: { ...task, state: 'leased', epoch }, nextEpoch: epoch + 1 });
  return { ...leased, crawlers: [...world.crawlers, crawler] };
}

function isWorkLeft({ db, sealed, source }: World): boolean {
  const content = db.head && sealed[db.head]?.content;
  return !content || content.cursor < source || content.owed.length > 0;
}

/** What may go wrong next, within what is left of each fault. */
export function* faultMoves(world: World, protocol: Protocol): Generator<Move> {
  const { left, net, storages, crawlers, db } = world;
  if (left.loss > 0)
    for (const [place, message] of net.entries())
      yield {
        text: () => `network    loses ${JSON.stringify(message)}`,
        make: () => spend({ ...world, net: net.toSpliced(place, 1) }, 'loss'),
      };
  if (left.duplicate > 0)
    for (const message of net)
      if ('request' in message)
        yield {
          text: () => `network    doubles the request for ${message.request}`,
          make: () => spend({ ...world, net: [...net, message] }, 'duplicate'),
        };
  if (left.crash > 0) {
    for (const [at, storage] of storages.entries())
      if (storage) yield { text: () => `storage ${at + 1}  crashes`, make: () => spend(idle(world, at), 'crash') };
    for (const crawler of crawlers)
      yield { text: () => `crawler ${crawler.epoch}  crashes`, make: () => spend(end(world, crawler), 'crash') };
  }
  if (left.lapse > 0) {
    if (db.task.state === 'leased')
      yield {
        text: () => `scheduler  sees the lease run out, and leases epoch ${db.nextEpoch}`,
        make: () => lease(spend(world, 'lapse')),
      };
    yield* timeouts(world, protocol);
  }
  if (left['database-lost'] > 0)
    yield {
      text: () => `operator   loses the database, and rebuilds it as generation ${db.generation + 1}`,
      make: () => spend({ ...world, db: rebuilt(world, protocol) }, 'database-lost'),
    };
  if (left.freeing > 0) yield* condemnations(world, protocol);
}

/** A crawler that was asleep, too, may ask again while storage is still at its first request. */
function* timeouts(world: World, protocol: Protocol): Generator<Move> {
  for (const crawler of world.crawlers) {
    const { step } = crawler;
    if (step?.state.at !== 'requesting' || step.action || !isAnswerDue(world, crawler.epoch)) continue;
    const asked = protocol.stepCrawler(step.state, { type: 'unanswered' });
    yield {
      text: () => `crawler ${crawler.epoch}  waits no longer`,
      make: () =>
        spend(
          {
            ...world,
            crawlers: world.crawlers.map((old) => (old === crawler ? { ...crawler, step: asked } : old)),
          },
          'lapse',
        ),
    };
  }
}

/** All that a rebuild has is what the destination lists; scheduler starts a job of its own. */
function rebuilt(world: World, { chooseHead, epochAfterLoss }: Protocol): Database {
  const { db, packs, objects, sealed } = world;
  const listed = Object.values(objects).flatMap((snapshot) => sealed[snapshot]?.commit ?? []);
  const head = chooseHead(listed, (pack) => pack in packs);
  return {
    generation: db.generation + 1,
    epoch: undefined,
    head: head?.snapshot,
    snapshots: Object.fromEntries(lineage(world, head).map(({ snapshot }) => [snapshot, 'visible' as const])),
    index: Object.fromEntries(Object.keys(packs).map((pack) => [pack, 'live' as const])),
    pins: {},
    task: { job: jobId(Number(db.task.job.split('-')[1]) + 1), state: 'ready', epoch: 0, checkpoint: undefined },
    nextEpoch: epochAfterLoss(db.nextEpoch - 1),
  };
}

/** The commits from this one back to the first. */
export function lineage({ sealed }: World, head: Commit | undefined): Commit[] {
  const line: Commit[] = [];
  for (let at = head; at !== undefined; at = at.parent === undefined ? undefined : sealed[at.parent]?.commit)
    line.push(at);
  return line;
}

/** Packs that neither a stored snapshot nor the open task needs are condemned. */
function* condemnations(world: World, protocol: Protocol): Generator<Move> {
  const { db, sealed } = world;
  const head = db.head && sealed[db.head]?.commit;
  const isFirstVisible = head?.generation === db.generation && db.snapshots[head.snapshot] === 'visible';
  // Until then a snapshot of before a rebuild, put late, could still be the head of another rebuild: what it needs of other
  // holders' packs nobody knows any more.
  if (!protocol.freesBeforeFirstSnapshot && db.generation > 1 && !isFirstVisible) return;
  const needed = neededPacks(world);
  for (const pack of Object.keys(db.index) as PackName[])
    if (db.index[pack] === 'live' && !needed.has(pack) && (db.pins[pack] ?? 0) < (db.epoch ?? 0))
      yield {
        text: () => `storage    condemns ${pack}, which nothing needs`,
        make: () => spend(withDb(world, { index: { ...db.index, [pack]: 'condemned' } }), 'freeing'),
      };
}

/** Deletes what is condemned. No fault, but possible only after one. */
export function* deletions(world: World): Generator<Move> {
  const { db, packs } = world;
  for (const pack of Object.keys(db.index) as PackName[])
    if (db.index[pack] === 'condemned')
      yield {
        text: () => `storage    deletes ${pack}`,
        make: () => {
          const { [pack]: _row, ...index } = db.index;
          const { [pack]: _bytes, ...rest } = packs;
          return { ...withDb(world, { index }), packs: rest };
        },
      };
}

function neededPacks({ db, sealed }: World): ReadonlySet<PackName> {
  const contents = (Object.keys(db.snapshots) as SnapshotId[]).flatMap((snapshot) => sealed[snapshot] ?? []);
  return new Set([
    ...contents.flatMap(({ commit, content }) => [...commit.newPacks, ...Object.values(content.stored)]),
    ...(db.task.checkpoint?.packs ?? []),
    ...Object.values(db.task.checkpoint?.content.stored ?? {}),
  ]);
}
