import { parsePackName, type VaultId } from '@holdfast/kernel';
import { packObjectName } from '@holdfast/vault';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { fromHex } from './from-hex.js';
import { extendErasure, PostgresErasures } from './postgres-erasures.js';
import { recordPlace } from './record-place.js';
import { near, newVault, ours, randomId, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const LATER = new Date('2999-01-01').getTime();

async function newPack(vault: VaultId): Promise<number> {
  const name = randomId(parsePackName);
  const object = { name: packObjectName(name), bytes: 10, sha256: name };
  return database().inTenant(ours, async (tx) => {
    const packNo = await recordPlace(tx, { tenant: ours, vault, object, destination: near });
    const pack = { pack_no: packNo, name: fromHex(name), pack_id: randomBytes(16), branch: 'data' as const };
    await tx
      .insertInto('packs')
      .values({ tenant_id: ours, vault_id: vault, ...pack, bytes: 10, chunks: 1 })
      .execute();
    return packNo;
  });
}

describe('the note of a deletion', () => {
  it('stays where another freeing has copied what was removed, since this one began', async () => {
    const erasures = new PostgresErasures(database());
    const vault = await newVault(database(), ours, [near]);
    await erasures.note(ours, vault);
    const noted = (await erasures.due(ours, vault))!;
    const reached = await erasures.reach(ours, vault, noted, true);
    // It began before the removal, and puts its pack while this one is under way.
    const packNo = await newPack(vault);
    await database().inTenant(ours, (tx) => extendErasure(tx, ours, vault, { packNo, known: undefined }));
    expect(await erasures.end(ours, vault, reached, { newestPack: packNo - 1, at: LATER })).toBe(false);
    // Its number is that of its announcement, before this one began.
    expect(await erasures.end(ours, vault, reached, { newestPack: packNo + 1, at: 0 })).toBe(false);
    expect(await erasures.due(ours, vault)).toMatchObject({ newestPack: packNo });
    expect(await erasures.end(ours, vault, reached, { newestPack: packNo, at: LATER })).toBe(true);
    expect(await erasures.due(ours, vault)).toBeUndefined();
  });

  it('goes where the newest packs that it stood for have gone', async () => {
    const erasures = new PostgresErasures(database());
    const vault = await newVault(database(), ours, [near]);
    await newPack(vault);
    const gone = await newPack(vault);
    await erasures.note(ours, vault);
    const noted = (await erasures.due(ours, vault))!;
    const reached = await erasures.reach(ours, vault, noted, true);
    await database().inTenant(ours, (tx) => tx.deleteFrom('packs').where('pack_no', '=', gone).execute());
    expect(await erasures.end(ours, vault, reached, { newestPack: gone - 1, at: LATER })).toBe(true);
    expect(await erasures.due(ours, vault)).toBeUndefined();
  });
});
