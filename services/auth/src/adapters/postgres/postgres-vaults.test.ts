import { parseTenantId, parseVaultId } from '@holdfast/kernel';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { PostgresVaults } from './postgres-vaults.js';
import { addTenant, useAuthDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');

const database = useAuthDatabase();
beforeAll(() => addTenant(database(), ours));

describe('vaults that are to be discarded', () => {
  it('are tried again after a minute, whatever the database’s clock did meanwhile', async () => {
    const vaults = new PostgresVaults(database());
    const [justNow, longAgo, ahead] = [randomUUID(), randomUUID(), randomUUID()].map(parseVaultId);
    for (const vault of [justNow, longAgo, ahead]) await vaults.noteToDiscard(ours, vault!);
    await askedAt(longAgo!, '-2 minutes');
    await askedAt(ahead!, '1 day');
    const due = await vaults.toDiscard(10);
    expect(due.map(({ vaultId }) => vaultId).sort()).toEqual([longAgo, ahead].sort());
    await vaults.noteKept(ours, ahead!);
    expect(await vaults.toDiscard(10)).toEqual([{ tenantId: ours, vaultId: longAgo }]);
  });

  function askedAt(vault: string, fromNow: string) {
    return database().inTenant(ours, (tx) =>
      sql`update vaults_to_discard set asked_at = now() + ${fromNow}::interval where vault_id = ${vault}`.execute(tx),
    );
  }
});
