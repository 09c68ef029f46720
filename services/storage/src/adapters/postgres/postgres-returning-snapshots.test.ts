import { parseBackupSetId, parseResourceId, parseSnapshotId, type VaultId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { fromHex } from './from-hex.js';
import { PostgresRetainedChains } from './postgres-retained-chains.js';
import { PostgresReturningSnapshots } from './postgres-returning-snapshots.js';
import { near, newVault, ours, randomId, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const chain = {
  backupSetId: parseBackupSetId('cccccccc-0000-4000-8000-000000000000'),
  resourceId: parseResourceId('mail.ann'),
};
const other = { ...chain, resourceId: parseResourceId('mail.bob') };

/** Visible snapshots by their numbers, each with the day of its job. */
async function put(vault: VaultId, { backupSetId, resourceId }: typeof chain, days: Readonly<Record<number, number>>) {
  for (const [number, day] of Object.entries(days))
    await database().inTenant(ours, (tx) =>
      tx
        .insertInto('snapshots')
        .values({
          ...{ tenant_id: ours, vault_id: vault, snapshot_id: fromHex(randomId(parseSnapshotId)) },
          ...{ backup_set_id: backupSetId, resource_id: resourceId, job_id: randomUUID(), epoch: 1, generation: 1 },
          ...{
            number: Number(number),
            parent_snapshot_id: null,
            job_started_at: new Date(day),
            sealed: randomBytes(8),
          },
          ...{ object_name: `snapshots/${resourceId}/${number}`, destination_id: near, committed_at: new Date() },
        })
        .execute(),
    );
}

const left = async (vault: VaultId, of = chain) =>
  (await new PostgresRetainedChains(database()).snapshots(ours, vault, of)).map(({ number }) => number);

describe('retireReplaced', () => {
  const range = { chain, firstNumber: 2, lastNumber: 4, lastJobStartedAt: 4 };
  const retire = (vault: VaultId) => new PostgresReturningSnapshots(database()).retireReplaced(ours, vault, range);

  it('takes out of sight what later ones stand for, once, and nothing else', async () => {
    const vault = await newVault(database(), ours);
    const days = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 2, 6: 3, 7: 4, 8: 9 };
    await put(vault, chain, days);
    await put(vault, other, days);
    expect(await retire(vault)).toBe(3);
    expect(await retire(vault)).toBe(0);
    expect([await left(vault), (await left(vault, other)).length]).toEqual([[1, 5, 6, 7, 8], 8]);
  });

  it.each([
    ['none', {}, [1, 2, 3, 4]],
    ['only the first', { 5: 2 }, [1, 3, 4, 5]],
    ['only the last, since retention let the others go', { 7: 4 }, [1, 7]],
    ['none, and a later backup follows the destination that lacked them', { 5: 9 }, [1, 2, 3, 4, 5]],
  ])('keeps what nothing stands for, where of the later ones there is %s', async (_, later, expected) => {
    const vault = await newVault(database(), ours);
    await put(vault, chain, { 1: 1, 2: 2, 3: 3, 4: 4, ...later });
    await retire(vault);
    expect(await left(vault)).toEqual(expected);
  });
});
