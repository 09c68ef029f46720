import type { SnapshotId } from '@holdfast/kernel';
import type { Chain, Commit, StorageCommitEvent, StorageCommitStep } from '@holdfast/vault';
import { deliver, fence } from './crawler-moves.js';
import type { Protocol } from './protocol.js';
import { type Move, nameOf, spend, type Storage, withDb, type World } from './world.js';

/** What the storage processes and the network can do next: services/storage/src/app/{commit-snapshot,perform-commit,find-head}.ts. */
export function* storageMoves(world: World, protocol: Protocol): Generator<Move> {
  let isFirstIdle = true;
  for (const [at, storage] of world.storages.entries()) {
    if (storage) {
      const next = perform(world, at, storage, protocol);
      if (next) yield { text: () => `storage ${at + 1}  ${next[0]}`, make: next[1] };
      continue;
    }
    // Idle processes are all alike: it is enough to see one of them begin.
    if (isFirstIdle) yield* begin(world, at, protocol);
    isFirstIdle = false;
  }
  for (const [place, message] of world.net.entries())
    if ('answer' in message)
      yield {
        text: () => `network    brings crawler ${message.to} the answer: ${JSON.stringify(message.answer)}`,
        make: () => deliver({ ...world, net: world.net.toSpliced(place, 1) }, message.to, message.answer, protocol),
      };
}

function* begin(world: World, at: number, protocol: Protocol): Generator<Move> {
  const { head, snapshots, generation } = world.db;
  for (const [place, message] of world.net.entries()) {
    if (!('request' in message)) continue;
    const { request: wanted, from } = message;
    const rest = { ...world, net: world.net.toSpliced(place, 1) };
    const take = (known: number) => (): World => {
      const sealed = world.sealed[wanted];
      const fenced = sealed && fence(rest, sealed.commit.epoch, protocol);
      // GRANT_REFUSED: told like any refusal, and the crawler leaves the task alone.
      if (!fenced) return answered(rest, from, { is: 'refused', because: 'epoch' });
      const storage = {
        step: protocol.startCommit(sealed.commit),
        wanted,
        client: from,
        generation: known,
        loaded: undefined,
      };
      return work(fenced, at, storage);
    };
    yield { text: () => `storage ${at + 1}  takes up the commit of ${wanted}`, make: take(generation) };
    if (world.left.stale > 0 && generation > 1)
      yield {
        text: () => `storage ${at + 1}  takes up the commit of ${wanted}, knowing the generation before`,
        make: () => spend(take(generation - 1)(), 'stale'),
      };
  }
  const isFinishing = world.storages.some(
    (storage) => storage?.wanted === undefined && storage?.client === undefined && storage,
  );
  // `GetHead` does it for a crawler that opens the chain.
  const isAskedFor = world.crawlers.some((crawler) => crawler.at === 'opening');
  if (head !== undefined && snapshots[head] === 'stored' && isAskedFor && !isFinishing)
    yield {
      text: () => `storage ${at + 1}  takes up the head ${head}, which nobody has finished`,
      make: () =>
        work(world, at, {
          step: protocol.finishStored(head),
          wanted: undefined,
          client: undefined,
          generation,
          loaded: undefined,
        }),
    };
}

/** What the process has to do next, and the world after it. */
function perform(
  world: World,
  at: number,
  storage: Storage,
  protocol: Protocol,
): [text: string, make: () => World] | undefined {
  const { state, action } = storage.step;
  const tell = (changed: World, event: StorageCommitEvent, loaded?: SnapshotId): World =>
    work(changed, at, { ...storage, step: protocol.stepStorage(state, event), loaded });
  switch (action?.do) {
    case 'check-packs':
      return [
        `looks for ${action.packs.join(', ')}`,
        () => {
          const missing = action.packs.filter((pack) => world.db.index[pack] !== 'live');
          return tell(world, { type: 'packs-checked', missing });
        },
      ];
    case 'decide':
      return [`decides on ${action.commit.snapshot}`, () => decide(world, action.commit, storage, protocol, tell)];
    case 'put':
      if (storage.loaded === undefined)
        return [
          `reads ${action.snapshot} from the database`,
          () => {
            const isThere =
              action.snapshot in world.db.snapshots || (protocol.putsFromMemory && storage.wanted === action.snapshot);
            if (!isThere) return tell(world, { type: 'failed' });
            return work(world, at, { ...storage, loaded: action.snapshot });
          },
        ];
      return [
        `puts ${action.snapshot}`,
        () => {
          const { found, world: after } = put(world, storage.loaded);
          return tell(after, { type: 'put', found });
        },
      ];
    case 'mark-visible':
      return [
        `marks ${action.snapshot} visible`,
        () =>
          action.snapshot in world.db.snapshots
            ? tell(markVisible(world, action.snapshot), { type: 'marked' })
            : tell(world, { type: 'failed' }),
      ];
    case 'answer':
      return [
        storage.client === undefined ? 'is through' : `answers crawler ${storage.client}`,
        () => answered(idle(world, at), storage.client, action.answer),
      ];
    case undefined:
      return undefined;
  }
}

/** The deciding transaction: services/storage/src/adapters/postgres/decide-in-chain.ts. */
function decide(
  world: World,
  commit: Commit,
  storage: Storage,
  protocol: Protocol,
  tell: (world: World, event: StorageCommitEvent) => World,
): World {
  const chain = chainOf(world, protocol.trustsKnownGeneration ? storage.generation : world.db.generation);
  const condemned = commit.newPacks.filter((pack) => world.db.index[pack] === 'condemned');
  const decision = protocol.decideCommit(chain, commit, condemned);
  // Gone since they were looked for: no destination has them all, which is STORE_UNAVAILABLE.
  if (decision.do === 'store' && commit.newPacks.some((pack) => !(pack in world.db.index)))
    return tell(world, { type: 'failed' });
  const after = protocol.chainAfter(chain, commit, decision);
  const head = after.head?.snapshot;
  const snapshots =
    decision.do === 'store' ? { ...world.db.snapshots, [commit.snapshot]: 'stored' as const } : world.db.snapshots;
  return tell(withDb(world, { snapshots, head }), { type: 'decided', decision });
}

function chainOf({ db, sealed }: World, generation: number): Chain {
  const commit = db.head && sealed[db.head]?.commit;
  return {
    generation,
    epoch: db.epoch ?? 0,
    head: commit && {
      snapshot: commit.snapshot,
      generation: commit.generation,
      number: commit.number,
      isVisible: db.snapshots[commit.snapshot] === 'visible',
    },
  };
}

/** PUT, only if nothing is there: services/storage/src/app/perform-commit.ts. */
function put(world: World, snapshot: SnapshotId | undefined): { found: 'nothing' | 'same' | 'other'; world: World } {
  const sealed = snapshot && world.sealed[snapshot];
  if (!sealed) throw new Error('a snapshot is put that nobody has sealed');
  const there = world.objects[nameOf(sealed)];
  if (there !== undefined) return { found: there === snapshot ? 'same' : 'other', world };
  return { found: 'nothing', world: { ...world, objects: { ...world.objects, [nameOf(sealed)]: snapshot } } };
}

/** From here on the snapshot itself keeps what its task built on (services/storage/src/adapters/postgres/postgres-snapshots.ts). */
function markVisible(world: World, snapshot: SnapshotId): World {
  const { pins, snapshots } = world.db;
  const epoch = world.sealed[snapshot]?.commit.epoch;
  const kept = Object.fromEntries(Object.entries(pins).filter(([, pinnedBy]) => pinnedBy !== epoch));
  return withDb(world, { snapshots: { ...snapshots, [snapshot]: 'visible' }, pins: kept });
}

/** The bytes arrived and the acknowledgement did not. */
export function* lostAcknowledgements(world: World, protocol: Protocol): Generator<Move> {
  for (const [at, storage] of world.storages.entries()) {
    if (storage?.step.action?.do !== 'put' || storage.loaded === undefined) continue;
    const { loaded } = storage;
    yield {
      text: () => `storage ${at + 1}  puts ${loaded}, and the acknowledgement is lost`,
      make: () => {
        const after = put(spend(world, 'loss'), loaded).world;
        const step: StorageCommitStep = protocol.stepStorage(storage.step.state, { type: 'failed' });
        const failed = work(after, at, { ...storage, step, loaded: undefined });
        return protocol.takesBackUnacknowledged ? takeBack(failed, loaded) : failed;
      },
    };
  }
}

function takeBack(world: World, snapshot: SnapshotId): World {
  const { [snapshot]: _, ...snapshots } = world.db.snapshots;
  return withDb(world, { snapshots, head: world.sealed[snapshot]?.commit.parent });
}

function answered(world: World, to: number | undefined, answer: Parameters<typeof deliver>[2]): World {
  const isHeard = to !== undefined && world.crawlers.some(({ epoch }) => epoch === to);
  return isHeard ? { ...world, net: [...world.net, { answer, to }] } : world;
}

function work(world: World, at: number, storage: Storage | null): World {
  return { ...world, storages: world.storages.map((old, place) => (place === at ? storage : old)) };
}

export function idle(world: World, at: number): World {
  return work(world, at, null);
}
