import { parseTenantId, parseVaultId, SystemClock } from '@holdfast/kernel';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PostgresKeyChanges } from './postgres-key-changes.js';
import { PostgresVaults } from './postgres-vaults.js';
import { addTenant, useAuthDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');

const database = useAuthDatabase();
beforeAll(() => addTenant(database(), ours));

async function newVault() {
  const vaultId = parseVaultId(randomUUID());
  const publicKey = Buffer.alloc(32);
  const vault = { tenantId: ours, vaultId, keyKind: 'default', keyBits: 256, destinationIds: [] } as const;
  await new PostgresVaults(database()).create(
    { ...vault, generation: 1, header: Buffer.alloc(1), signingKeys: [{ generation: 1, publicKey }] },
    { sealedRoots: [Buffer.alloc(1)], sealedSigningKey: Buffer.alloc(1) },
  );
  return vaultId;
}

describe('a change of a vault’s keys', () => {
  const changes = () => new PostgresKeyChanges(database());
  const nothing = async () => undefined;

  it('is alone, until it has ended or failed', async () => {
    const [vault, other] = [await newVault(), await newVault()];
    const answer = await changes().alone(ours, vault, async () => {
      await expect(changes().alone(ours, vault, nothing)).rejects.toMatchObject({ code: 'CONFLICT' });
      return changes().alone(ours, other, async () => 'both');
    });
    expect(answer).toBe('both');
    await expect(changes().alone(ours, vault, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await changes().alone(ours, vault, nothing);
  });

  it.each([
    ['that broke off with its process', new Date(0)],
    ['that began before the database’s clock went back by a day', new Date(new SystemClock().now() + 86_400_000)],
  ])('%s is in nobody’s way for ever, and ends no other when it comes back', async (_, until) => {
    const vault = await newVault();
    const [isLate, hasBegun, mayEnd] = [0, 1, 2].map(() => Promise.withResolvers<undefined>());
    const late = changes().alone(ours, vault, () => isLate!.promise);
    while (!(await moved())) await new Promise((done) => setTimeout(done, 10));
    const next = changes().alone(ours, vault, () => {
      hasBegun!.resolve(undefined);
      return mayEnd!.promise;
    });
    await hasBegun!.promise;
    isLate!.resolve(undefined);
    await late;
    await expect(changes().alone(ours, vault, nothing)).rejects.toMatchObject({ code: 'CONFLICT' });
    mayEnd!.resolve(undefined);
    await next;

    async function moved(): Promise<boolean> {
      const { numUpdatedRows } = await database().inTenant(ours, (tx) =>
        tx.updateTable('key_changes').set({ until }).where('vault_id', '=', vault).executeTakeFirstOrThrow(),
      );
      return numUpdatedRows > 0n;
    }
  });

  it('is of a vault of the tenant', async () => {
    await expect(changes().alone(theirs, await newVault(), nothing)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
