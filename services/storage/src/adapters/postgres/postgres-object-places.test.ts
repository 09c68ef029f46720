import { SystemClock } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import type { StoredObject } from '../../app/object-places.port.js';
import { PostgresObjectPlaces } from './postgres-object-places.js';
import { PostgresVaults } from './postgres-vaults.js';
import { far, near, newVault, ours, randomId, theirs, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const places = () => new PostgresObjectPlaces(database());
const LEASE_MS = 200;

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
    expect(await places().takeDue(10, LEASE_MS, [])).toEqual([]);
  });

  it('gives a due copy to one taker at a time, again after its lease, and never once it is made', async () => {
    const vault = await newVault(database(), theirs);
    const header = object('header');
    await places().add(theirs, vault, header, near);
    const taken = (await Promise.all([places().takeDue(10, LEASE_MS, []), places().takeDue(10, LEASE_MS, [])])).flat();
    expect(taken).toEqual([
      { tenantId: theirs, vaultId: vault, object: header, to: far, isClaimed: false, replaces: false, from: [near] },
    ]);
    expect(await places().takeDue(10, LEASE_MS, [])).toEqual([]);
    await new SystemClock().sleep(LEASE_MS + 100);
    expect(await places().takeDue(10, 1, [])).toHaveLength(1);
    await places().add(theirs, vault, header, far);
    await new SystemClock().sleep(50);
    expect(await places().takeDue(10, 1, [])).toEqual([]);
  });
});

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

  it('refuses a vault without a destination', async () => {
    await expect(newVault(database(), ours, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
