import { SystemClock, type VaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Resting, StoredObject } from '../../app/object-places.port.js';
import { PostgresKeyObjects } from './postgres-key-objects.js';
import { PostgresObjectPlaces } from './postgres-object-places.js';
import { PostgresVaults } from './postgres-vaults.js';
import { far, near, newVault, ours, randomId, theirs, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const places = () => new PostgresObjectPlaces(database());
const LEASE_MS = 60_000;
const SHORT_MS = 50;
const PAUSES = { firstMs: 1_000, longestMs: 60_000 };
const nothing: Resting = { destinations: [], vaults: [] };

const object = (name: string): StoredObject => ({ name, bytes: 10, sha256: randomId((hex) => hex) });

describe('PostgresObjectPlaces', () => {
  it('knows who holds an object, in the order of the vault', async () => {
    const vault = await newVault(database(), ours);
    const header = object('header');
    await places().add(ours, vault, header, far);
    expect(await places().holdersOf(ours, vault, ['header', 'none'])).toEqual(new Map([['header', [far]]]));
    await places().add(ours, vault, header, near);
    await places().add(ours, vault, header, near);
    expect(await places().holdersOf(ours, vault, ['header'])).toEqual(new Map([['header', [near, far]]]));
    expect(await places().holdersOf(theirs, vault, ['header'])).toEqual(new Map());
    expect(await places().takeDue(10, LEASE_MS, nothing)).toEqual([]);
  });

  it('gives a due copy to one taker at a time, again after its lease, and never once it is made', async () => {
    const vault = await newVault(database(), theirs);
    const header = object('header');
    await places().add(theirs, vault, header, near);
    const taken = (
      await Promise.all([places().takeDue(10, LEASE_MS, nothing), places().takeDue(10, LEASE_MS, nothing)])
    ).flat();
    expect(taken).toEqual([
      { tenantId: theirs, vaultId: vault, object: header, to: far, isClaimed: false, replaces: false, from: [near] },
    ]);
    expect(await places().takeDue(10, LEASE_MS, nothing)).toEqual([]);
    await places().add(theirs, vault, header, far);

    const note = object('notes/sets/1');
    await places().add(theirs, vault, note, near);
    expect(await places().takeDue(10, SHORT_MS, nothing)).toHaveLength(1);
    await new SystemClock().sleep(2 * SHORT_MS);
    expect(await places().takeDue(10, SHORT_MS, nothing)).toMatchObject([{ object: note, to: far }]);
    await places().add(theirs, vault, note, far);
    await new SystemClock().sleep(2 * SHORT_MS);
    expect(await places().takeDue(10, 1, nothing)).toEqual([]);
  });

  it('has a copy rest longer after each failure, never longer than the longest pause, and from the start once it was made', async () => {
    const vault = await newVault(database(), theirs);
    const [header, note] = [object('header'), object('notes/sets/1')];
    for (const one of [header, note]) await places().add(theirs, vault, one, near);
    const owed = await places().takeDue(10, LEASE_MS, nothing);
    const copy = owed.find((one) => one.object.name === 'header')!;
    const pauses: [number, number][] = [];
    for (let failures = 0; failures < 40; failures += 1) {
      await places().noteFailure(copy, PAUSES, false);
      pauses.push(await pauseOf(vault, 'header'));
    }
    for (const [at, [attempts, seconds]] of pauses.entries()) {
      const longest = Math.min(60, 2 ** at);
      expect(attempts).toBe(at + 1);
      expect(seconds).toBeGreaterThan(longest / 2 - 1);
      expect(seconds).toBeLessThanOrEqual(longest);
    }
    expect(new Set(pauses.slice(10).map(([, seconds]) => seconds)).size).toBeGreaterThan(10);
    // Others are as due as before.
    expect((await pauseOf(vault, 'notes/sets/1'))[0]).toBe(0);
    await places().addCopy(theirs, vault, header, far);
    await places().noteFailure(copy, PAUSES, false);
    await expect(pauseOf(vault, 'header')).rejects.toThrow('no result');
  });

  it('has a copy deleted again of a key object that was replaced while the copy was on its way', async () => {
    const vault = await newVault(database(), ours);
    const keyObject = (digit: string) => object(`keys/${'a'.repeat(32)}/passphrase-${digit.repeat(32)}`);
    const [before, after] = [keyObject('1'), keyObject('2')];
    for (const key of [before, after]) await places().add(ours, vault, key, near);
    await new PostgresKeyObjects(database()).keepOnly(ours, vault, 'passphrase', [after.name]);
    expect(await places().addCopy(ours, vault, before, far)).toBe(true);
    await places().addCopy(ours, vault, after, far);
    const { rows } = await database().inTenant(ours, (tx) =>
      sql<{ name: string; destination_id: string; is_snapshot: boolean }>`
        select o.name, d.destination_id, d.is_snapshot from deletions_due d join objects o on o.object_no = d.object_no
        where d.vault_id = ${vault} order by d.destination_id = ${far}::uuid`.execute(tx),
    );
    const due = { name: before.name, is_snapshot: false };
    expect(rows).toEqual([near, far].map((destination_id) => ({ ...due, destination_id })));
  });

  it('makes copies due that rest for the return of a destination, and none that rest for another reason or are under way', async () => {
    const vault = await newVault(database(), theirs);
    const names = ['header', 'notes/sets/1', 'notes/sets/2', 'notes/sets/3'];
    for (const name of names) await places().add(theirs, vault, object(name), near);
    const owed = (await places().takeDue(100, LEASE_MS, nothing)).filter(({ vaultId }) => vaultId === vault);
    const copyOf = (name: string) => owed.find((copy) => copy.object.name === name)!;
    await places().noteFailure(copyOf('header'), PAUSES, true);
    await places().noteFailure(copyOf('notes/sets/1'), PAUSES, true);
    await places().noteFailure(copyOf('notes/sets/2'), PAUSES, false);
    expect(await places().awaited(undefined, 10)).toEqual([{ tenantId: theirs, vaultId: vault, destinationId: far }]);
    expect(await places().awaited(far, 10)).toEqual([]);
    expect(await places().hurry(near, 10)).toBe(0);
    expect([await places().hurry(far, 1), await places().hurry(far, 10), await places().hurry(far, 10)]).toEqual([
      1, 1, 0,
    ]);
    const due = (await places().takeDue(100, LEASE_MS, nothing)).filter(({ vaultId }) => vaultId === vault);
    expect(due.map((copy) => copy.object.name).sort()).toEqual(names.slice(0, 2));
    expect(await places().awaited(undefined, 10)).toEqual([]);
  });

  it('makes copies due whose rest lies further ahead than any lasts, after the clock went back, and leaves all others', async () => {
    const vault = await newVault(database(), theirs);
    for (const name of ['header', 'notes/sets/1']) await places().add(theirs, vault, object(name), near);
    const owed = (await places().takeDue(100, LEASE_MS, nothing)).filter(({ vaultId }) => vaultId === vault);
    for (const copy of owed) await places().noteFailure(copy, PAUSES, false);
    expect(await places().hurryOverlong(PAUSES.longestMs, 10)).toBe(0);
    await goBackTwoHours(vault, 'header');
    expect(await places().hurryOverlong(PAUSES.longestMs, 10)).toBe(1);
    expect(await places().hurryOverlong(PAUSES.longestMs, 10)).toBe(0);
    const due = (await places().takeDue(100, LEASE_MS, nothing)).filter(({ vaultId }) => vaultId === vault);
    expect(due.map((copy) => copy.object.name)).toEqual(['header']);
  });

  it('takes no copy of a vault that rests at a destination, and those of others', async () => {
    const [resting, other] = [await newVault(database(), theirs), await newVault(database(), theirs)];
    for (const vault of [resting, other]) await places().add(theirs, vault, object('header'), near);
    // Those of tests before may be due again.
    const taken = async (rests: Resting) =>
      (await places().takeDue(100, 60_000, rests))
        .map(({ vaultId }) => vaultId)
        .filter((vault) => vault === resting || vault === other);
    expect(await taken({ destinations: [], vaults: [{ vaultId: resting, to: far }] })).toEqual([other]);
    expect(await taken({ destinations: [far], vaults: [] })).toEqual([]);
    expect(await taken({ destinations: [], vaults: [{ vaultId: resting, to: near }] })).toEqual([resting]);
  });
});

/** As the copy of an object looks once the clock has gone back: what was set before lies ahead by so much. */
async function goBackTwoHours(vault: VaultId, name: string): Promise<void> {
  await database().inTenant(theirs, (tx) =>
    sql`
      update copies_due c set not_before = c.not_before + interval '2 hours' from objects o
      where o.object_no = c.object_no and o.vault_id = ${vault} and o.name = ${name}`.execute(tx),
  );
}

/** Failures of the copy of an object to the far destination, and for how many seconds it rests. */
async function pauseOf(vault: VaultId, name: string): Promise<[number, number]> {
  const row = await database().inTenant(theirs, (tx) =>
    tx
      .selectFrom('copies_due as c')
      .innerJoin('objects as o', 'o.object_no', 'c.object_no')
      .select(['c.attempts', sql<number>`extract(epoch from c.not_before - now())::float8`.as('seconds')])
      .where('o.vault_id', '=', vault)
      .where('o.name', '=', name)
      .where('c.destination_id', '=', far)
      .executeTakeFirstOrThrow(),
  );
  return [row.attempts, row.seconds];
}

describe('PostgresVaults', () => {
  const vaults = () => new PostgresVaults(database());

  it('creates a vault twice with the same destinations, and with no others', async () => {
    const vault = await newVault(database(), ours, [near, far]);
    await vaults().create(ours, vault, [near, far]);
    await expect(vaults().create(ours, vault, [far, near])).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await vaults().destinationsOf(ours, vault)).toEqual([near, far]);
  });

  it('knows no vault of another tenant', async () => {
    const vault = await newVault(database(), ours);
    await expect(vaults().destinationsOf(theirs, vault)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(vaults().statistics(theirs, vault)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('clears what a discarded vault left once the clock went back, though its rest lies further ahead than any lasts', async () => {
    const vault = await newVault(database(), ours, [near]);
    await vaults().discard(ours, vault);
    const left = async () => (await vaults().takeLeft(100)).filter(({ vaultId }) => vaultId === vault).length;
    expect([await left(), await left()]).toEqual([1, 0]);
    await database().inTenant(ours, (tx) =>
      sql`update vaults_to_clear set not_before = not_before + interval '2 days' where vault_id = ${vault}`.execute(tx),
    );
    expect([await left(), await left()]).toEqual([1, 0]);
  });

  it('refuses a vault without a destination', async () => {
    await expect(newVault(database(), ours, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
