import { parsePackId, parsePackName, SystemClock, type VaultId } from '@holdfast/kernel';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { condemnIn } from './condemn-in.js';
import { fromHex } from './from-hex.js';
import { PostgresCondemnedPacks } from './postgres-condemned-packs.js';
import { PostgresDueDeletions } from './postgres-due-deletions.js';
import { recordPlace } from './record-place.js';
import { near, newVault, ours, randomId, useStorageDatabase } from './test-database.suite.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const database = useStorageDatabase();
const deletions = () => new PostgresDueDeletions(database());
let vault: VaultId;
beforeEach(async () => {
  vault = await newVault(database(), ours, [near]);
});

/** It lies at the one destination; answers its number. */
const stored = (name: string, bytes = 10) =>
  database().inTenant(ours, (tx) => {
    const sha256 = createHash('sha256').update(name).digest('hex');
    return recordPlace(tx, { tenant: ours, vault, object: { name, bytes, sha256 }, destination: near });
  });

async function condemned(name: string): Promise<number> {
  const number = await stored(name);
  await database().inTenant(ours, async (tx) => {
    const pack = { tenant_id: ours, vault_id: vault, pack_no: number, branch: 'data' as const, bytes: 10, chunks: 1 };
    const name = fromHex(randomId(parsePackName));
    await tx
      .insertInto('packs')
      .values({ ...pack, name, pack_id: randomBytes(16) })
      .execute();
    await condemnIn(tx, ours, vault, [number], { restMs: 0 });
  });
  return number;
}

/** As a space freeing notes it, which lets it go now. */
async function letGo(name: string): Promise<number> {
  const number = await stored(name);
  const newest = number;
  await database().inTenant(ours, (tx) =>
    tx
      .insertInto('deletions_due')
      .values({
        tenant_id: ours,
        vault_id: vault,
        object_no: number,
        destination_id: near,
        is_snapshot: true,
        after_object_no: number,
        noted_no: newest,
        not_before: new Date(0),
      })
      .execute(),
  );
  return number;
}

const dueOf = (objectNo: number, name: string) => ({
  tenantId: ours,
  vaultId: vault,
  destinationId: near,
  objectNo,
  name,
});

const taken = async () =>
  (await deletions().take(10, 60_000)).filter(({ vaultId }) => vaultId === vault).map(({ name }) => name);
const hurry = () =>
  database().inTenant(ours, (tx) =>
    tx
      .updateTable('deletions_due')
      .set({ not_before: new Date(0) })
      .where('vault_id', '=', vault)
      .where('is_snapshot', '=', false)
      .execute(),
  );

describe('deletions that are due', () => {
  it('leave a pack until the snapshots are gone that were let go before it was condemned, and wait for no later ones', async () => {
    const early = await letGo('snapshots/early');
    await condemned('packs/a');
    const late = await letGo('snapshots/late');
    const locked = { until: new SystemClock().now() + 30 * DAY_MS, isLockEnd: true };
    await deletions().postpone(dueOf(late, 'snapshots/late'), locked);
    expect(await taken()).toEqual(['snapshots/early']);
    await deletions().noteDeleted(dueOf(early, 'snapshots/early'));
    await hurry();
    expect(await taken()).toEqual(['packs/a']);
  });

  it('are told with what a destination keeps locked, and until when', async () => {
    const number = await condemned('packs/a');
    await condemned('packs/b');
    const until = new SystemClock().now() + 30 * DAY_MS;
    const deletion = dueOf(number, 'packs/a');
    const report = () => new PostgresCondemnedPacks(database()).report(ours, vault);
    expect((await report()).waiting).toMatchObject({ objects: 2, bytes: 20, lockedBytes: 0, lockedUntil: undefined });
    await deletions().postpone(deletion, { until, isLockEnd: true });
    expect((await report()).waiting).toMatchObject({ objects: 2, bytes: 20, lockedBytes: 10, lockedUntil: until });
    expect(await taken()).toEqual(['packs/b']);
  });

  it('are told with packs that wait behind what a destination keeps locked, but not with those that wait for nothing', async () => {
    await condemned('packs/before');
    const snapshot = await letGo('snapshots/one');
    const pack = await condemned('packs/after');
    const [sooner, later] = [20, 30].map((days) => new SystemClock().now() + days * DAY_MS);
    const waiting = async () => (await new PostgresCondemnedPacks(database()).report(ours, vault)).waiting;
    await deletions().postpone(dueOf(snapshot, 'snapshots/one'), { until: sooner!, isLockEnd: true });
    expect(await waiting()).toMatchObject({ objects: 3, bytes: 30, lockedBytes: 20, lockedUntil: sooner });
    await deletions().postpone(dueOf(pack, 'packs/after'), { until: later!, isLockEnd: true });
    expect(await waiting()).toMatchObject({ objects: 3, bytes: 30, lockedBytes: 20, lockedUntil: later });
    await deletions().noteDeleted(dueOf(snapshot, 'snapshots/one'));
    expect(await waiting()).toMatchObject({ objects: 2, bytes: 20, lockedBytes: 10, lockedUntil: later });
    const ended = await letGo('snapshots/ended');
    await condemned('packs/last');
    await deletions().postpone(dueOf(ended, 'snapshots/ended'), { until: 1, isLockEnd: true });
    expect(await waiting()).toMatchObject({ objects: 4, lockedBytes: 10 });
  });

  it('are told by what each object waits for', async () => {
    const [locked, copied, tried] = [
      await condemned('packs/locked'),
      await condemned('packs/copied'),
      await condemned('packs/tried'),
    ];
    const [lockEnd, restEnd, nextTry] = [30, 20, 10].map((days) => new SystemClock().now() + days * DAY_MS);
    await deletions().postpone(dueOf(locked, 'packs/locked'), { until: lockEnd!, isLockEnd: true });
    await deletions().postpone(dueOf(copied, 'packs/copied'), { until: restEnd!, isLockEnd: false });
    expect(await taken()).toEqual(['packs/tried']);
    await deletions().postpone(dueOf(tried, 'packs/tried'), { until: nextTry!, isLockEnd: false });
    await letGo('snapshots/one');
    await condemned('packs/behind');
    const shares = async () => {
      const { waiting } = await new PostgresCondemnedPacks(database()).report(ours, vault);
      expect(waiting).toMatchObject({ objects: 5, bytes: 50 });
      for (const { destinationId } of waiting.shares) expect(destinationId).toBe(near);
      return waiting.shares.map(({ waitsFor, objects, until }) => [waitsFor, objects, until]);
    };
    const known = [
      ['another-try', 1, nextTry],
      ['lock', 1, lockEnd],
      ['rest', 1, restEnd],
      ['snapshots', 1, undefined],
    ];
    expect(await shares()).toEqual([...known, ['turn', 1, undefined]]);
    const owed = { tenant_id: ours, vault_id: vault, object_no: copied, destination_id: near, not_before: new Date(0) };
    await database().inTenant(ours, (tx) => tx.insertInto('copies_due').values(owed).execute());
    // Whatever was condemned or let go since then waits for that copy first.
    expect(await shares()).toEqual([
      ['copies', 3, undefined],
      ['lock', 1, lockEnd],
      ['rest', 1, restEnd],
    ]);
  });

  it('tell what a space freeing was putting there apart from what rests', async () => {
    const bytes = { entries: [], bytes: 10, branch: 'data', packId: randomId(parsePackId, 16) } as const;
    const pack = { ...bytes, name: randomId(parsePackName), destinationId: near };
    const packs = new PostgresCondemnedPacks(database());
    await packs.announce(ours, vault, pack);
    const { waiting } = await packs.report(ours, vault);
    expect(waiting).toMatchObject({ objects: 1, shares: [{ waitsFor: 'unfinished', objects: 1, bytes: 10 }] });
  });
});
