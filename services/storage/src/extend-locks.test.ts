import { Destination, type LockWish } from '@holdfast/destinations';
import {
  AppError,
  parseBackupSetId,
  parseSnapshotId,
  SystemClock,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { fromHex } from './adapters/postgres/from-hex.js';
import { PostgresObjectLocks } from './adapters/postgres/postgres-object-locks.js';
import { PostgresObjectPlaces } from './adapters/postgres/postgres-object-places.js';
import {
  far,
  near,
  newVault,
  ours,
  randomId,
  theirs,
  useStorageDatabase,
} from './adapters/postgres/test-database.suite.js';
import { DestinationHealth } from './app/destination-health.js';
import type { DestinationDirectory } from './app/destination-directory.port.js';
import { ExtendLocks } from './app/extend-locks.js';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const LOCK_MS = 30 * DAY_MS;
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const database = useStorageDatabase();
let clock: MovableClock;
beforeEach(async () => {
  // Of tests before: a round takes few places.
  for (const tenant of [ours, theirs])
    await database().inTenant(tenant, (tx) => tx.deleteFrom('lock_looks').where('tenant_id', '=', tenant).execute());
  // Rows say by the database's own clock when they came.
  clock = new MovableClock(new SystemClock().now() + HOUR_MS);
});

/** Locks as the settings of a destination say, and holds the ends of its locks; of everything else it does nothing. */
class Locking extends Destination {
  readonly ends = new Map<string, number>();
  looks = 0;
  /** Looks after which it does not answer. */
  answers = Infinity;
  /** Names whose locks it may not extend. */
  readonly refused = new Set<string>();

  constructor(private readonly ms: number | undefined) {
    super();
  }

  override get lockMs(): number | undefined {
    return this.ms;
  }

  override async extendLock(name: string, { needed, until }: LockWish): Promise<number> {
    if (++this.looks > this.answers) throw new AppError('STORE_UNAVAILABLE', 'It is down.');
    if (this.refused.has(name)) throw new AppError('STORE_DENIED', 'The access key may not lock objects.');
    const end = this.ends.get(name);
    if (end === undefined) throw new AppError('OBJECT_NOT_FOUND', 'It is not there.');
    const extended = end > needed ? end : until;
    this.ends.set(name, extended);
    return extended;
  }

  override claim = nothing;
  override put = nothing;
  override get = nothing;
  override head = nothing;
  override list = nothing;
  override prefixes = nothing;
  override delete = nothing;
  override test = nothing;
  override place = nothing;
  override readPlace = nothing;
}

function nothing(): never {
  throw new Error('nobody asks for this');
}

/** Near locks, far does not. */
async function opened(tenant: TenantId = ours) {
  const vault = await newVault(database(), tenant, [near, far]);
  const destination = new Locking(LOCK_MS);
  const plain = new Locking(undefined);
  const directory = {
    open: async (_: TenantId, of: VaultId, id: string) => (of === vault && id === near ? destination : plain),
  } as unknown as DestinationDirectory;
  const health = new DestinationHealth(clock, { ms: 0 });
  const locks = new ExtendLocks(new PostgresObjectLocks(database()), directory, health, clock, new SilentLogger());
  const failures = () => new PostgresObjectLocks(database()).failures(tenant, vault, clock.now());
  return { vault, destination, plain, directory, failures, run: () => locks.run() };
}

/** It was put, and locked, at both. */
async function store(vault: VaultId, name: string, at: Locking, tenant: TenantId = ours): Promise<void> {
  const sha256 = createHash('sha256').update(name).digest('hex');
  for (const id of [near, far])
    await new PostgresObjectPlaces(database()).add(tenant, vault, { name, bytes: 1, sha256 }, id);
  at.ends.set(name, clock.now() + LOCK_MS);
}

async function snapshot(vault: VaultId, name: string, changes: { readonly retired_at?: Date } = {}): Promise<Buffer> {
  const id = fromHex(randomId(parseSnapshotId));
  await database().inTenant(ours, (tx) =>
    tx
      .insertInto('snapshots')
      .values({
        tenant_id: ours,
        vault_id: vault,
        snapshot_id: id,
        backup_set_id: set,
        resource_id: 'mail.ann',
        job_id: randomUUID(),
        epoch: 1,
        generation: 1,
        number: 1,
        parent_snapshot_id: null,
        job_started_at: new Date(),
        sealed: randomBytes(8),
        object_name: name,
        destination_id: near,
        committed_at: new Date(),
        ...changes,
      })
      .execute(),
  );
  return id;
}

const lockedUntil = async (vault: VaultId, name: string) => {
  const row = await database().inTenant(ours, (tx) =>
    tx
      .selectFrom('object_places as p')
      .innerJoin('objects as o', 'o.object_no', 'p.object_no')
      .select('p.locked_until')
      .where('o.vault_id', '=', vault)
      .where('o.name', '=', name)
      .where('p.destination_id', '=', near)
      .executeTakeFirstOrThrow(),
  );
  return row.locked_until?.getTime();
};

async function live(days: number, run: () => Promise<boolean>, each: () => void = () => undefined): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    await clock.advance(DAY_MS);
    while (await run());
    each();
  }
}

describe('ExtendLocks', () => {
  it('never lets the lock of what is needed come nearer to its end than half of its time, and asks seldom', async () => {
    const { vault, destination, run } = await opened();
    await store(vault, 'packs/a', destination);
    await live(100, run, () => {
      expect(destination.ends.get('packs/a')! - clock.now()).toBeGreaterThan(LOCK_MS / 2 - DAY_MS);
    });
    expect(await lockedUntil(vault, 'packs/a')).toBe(destination.ends.get('packs/a'));
    expect(destination.looks).toBeLessThanOrEqual(1 + Math.ceil(100 / 15));
  });

  it('leaves to its lock what waits to be deleted, and what retention let go or keeps for its lock alone', async () => {
    const { vault, destination, run } = await opened();
    const names = ['packs/condemned', 'snapshots/gone', 'snapshots/only-locked', 'snapshots/kept', 'notes/sets/1'];
    for (const name of names) await store(vault, name, destination);
    await database().inTenant(ours, async (tx) => {
      const { object_no } = await tx
        .selectFrom('objects')
        .select('object_no')
        .where('vault_id', '=', vault)
        .where('name', '=', 'packs/condemned')
        .executeTakeFirstOrThrow();
      const key = { tenant_id: ours, vault_id: vault, object_no, destination_id: near };
      await tx
        .insertInto('deletions_due')
        .values({ ...key, is_snapshot: false, after_object_no: object_no, not_before: new Date() })
        .execute();
    });
    await snapshot(vault, 'snapshots/gone', { retired_at: new Date() });
    for (const [name, isOnlyLocked] of [
      ['snapshots/only-locked', true],
      ['snapshots/kept', false],
    ] as const) {
      const verdict = { stays: true, explanation: 'kept', is_only_locked: isOnlyLocked, job_id: randomUUID() };
      const snapshot_id = await snapshot(vault, name);
      await database().inTenant(ours, (tx) =>
        tx
          .insertInto('retention_verdicts')
          .values({
            tenant_id: ours,
            vault_id: vault,
            backup_set_id: set,
            snapshot_id,
            resource_id: 'mail.ann',
            ...verdict,
          })
          .execute(),
      );
    }
    const ends = new Map(destination.ends);
    await live(40, run);
    const extended = names.filter((name) => destination.ends.get(name) !== ends.get(name));
    expect(extended).toEqual(['snapshots/kept', 'notes/sets/1']);
  });

  it('goes through many page by page, and after a failure on from where it was', async () => {
    const { vault, destination, run } = await opened();
    for (let number = 0; number < 450; number += 1) await store(vault, `packs/${number}`, destination);
    await clock.advance(20 * DAY_MS);
    destination.answers = 100;
    expect(await run()).toBe(false);
    destination.answers = Infinity;
    // It rests first.
    expect(await run()).toBe(false);
    await clock.advance(5 * 60 * 1000);
    expect([await run(), await run(), await run()]).toEqual([true, false, false]);
    expect([...destination.ends.values()].every((end) => end > clock.now() + LOCK_MS - DAY_MS)).toBe(true);
    // Those under way as it failed were asked for twice.
    expect(destination.looks).toBeLessThanOrEqual(450 + 2 * 8);
  });

  it('tells of a destination that refuses, from when on and until when its locks hold, and no more once it obeys', async () => {
    const { vault, destination, failures, run } = await opened();
    await store(vault, 'packs/refused', destination);
    await run();
    const end = destination.ends.get('packs/refused')!;
    await clock.advance(20 * DAY_MS);
    await store(vault, 'packs/new', destination);
    destination.refused.add('packs/refused');
    await run();
    const since = clock.now();
    const told = { destinationId: near, since, reason: 'The access key may not lock objects.', lockedUntil: end };
    expect(await failures()).toEqual([{ ...told, lastTriedAt: since, objects: 1, bytes: 1, unseen: 0 }]);
    // The others were extended all the same.
    expect(await lockedUntil(vault, 'packs/new')).toBe(since + LOCK_MS);
    await clock.advance(HOUR_MS);
    await run();
    expect(await failures()).toMatchObject([{ since, lastTriedAt: since + HOUR_MS }]);
    destination.refused.clear();
    await clock.advance(HOUR_MS);
    await run();
    expect(await failures()).toEqual([]);
    expect(destination.ends.get('packs/refused')).toBe(clock.now() + LOCK_MS);
  });

  it('tells of no lock that was never seen, and of nothing where a destination that never locked cannot be opened', async () => {
    const { vault, destination, directory, failures, run } = await opened();
    await store(vault, 'packs/a', destination);
    destination.refused.add('packs/a');
    await run();
    expect(await failures()).toMatchObject([{ destinationId: near, lockedUntil: undefined, objects: 1, unseen: 1 }]);
    destination.refused.clear();
    await clock.advance(HOUR_MS);
    await run();
    directory.open = async () => {
      throw new AppError('STORE_UNAVAILABLE', 'It is down.');
    };
    await clock.advance(20 * DAY_MS);
    await run();
    expect(await failures()).toMatchObject([{ destinationId: near, reason: 'It is down.', objects: 1 }]);
  });

  it('notes what is not there, and lets it hold up nothing', async () => {
    const { vault, destination, run } = await opened();
    await store(vault, 'packs/lost', destination);
    await store(vault, 'packs/there', destination);
    destination.ends.delete('packs/lost');
    await clock.advance(20 * DAY_MS);
    await run();
    expect(await lockedUntil(vault, 'packs/lost')).toBeUndefined();
    expect(await lockedUntil(vault, 'packs/there')).toBe(clock.now() + LOCK_MS);
    await clock.advance(2 * HOUR_MS);
    await run();
    expect(destination.looks).toBe(2);
  });

  it('asks nothing of a destination that does not lock', async () => {
    const { vault, plain, destination, run } = await opened();
    await store(vault, 'packs/a', destination);
    await live(3, run);
    expect(plain.looks).toBe(0);
  });

  it('keeps tenants apart, whose objects have the same names', async () => {
    const { vault, destination, run } = await opened(theirs);
    await store(vault, 'packs/a', destination, theirs);
    await clock.advance(20 * DAY_MS);
    await run();
    expect(destination.ends.get('packs/a')).toBe(clock.now() + LOCK_MS);
    const seen = await new PostgresObjectLocks(database()).due(
      { tenantId: ours, vaultId: vault, destinationId: near },
      clock.now() + 100 * DAY_MS,
      10,
    );
    expect(seen).toEqual([]);
  });
});
