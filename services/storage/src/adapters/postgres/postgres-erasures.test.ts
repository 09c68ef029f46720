import { describe, expect, it } from '@jest/globals';
import { extendErasure, PostgresErasures } from './postgres-erasures.js';
import { newVault, ours, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();

describe('the note of a deletion', () => {
  it('stays where another freeing has copied what was removed, since this one began', async () => {
    const erasures = new PostgresErasures(database());
    const vault = await newVault(database(), ours);
    await erasures.note(ours, vault);
    const noted = (await erasures.due(ours, vault))!;
    const reached = await erasures.reach(ours, vault, noted, true);
    // It began before the removal, and puts its pack while this one is under way.
    await database().inTenant(ours, (tx) => extendErasure(tx, ours, vault, { packNo: 8, known: undefined }));
    expect(await erasures.end(ours, vault, reached, 7)).toBe(false);
    expect(await erasures.due(ours, vault)).toMatchObject({ newestPack: 8 });
    expect(await erasures.end(ours, vault, reached, 8)).toBe(true);
    expect(await erasures.due(ours, vault)).toBeUndefined();
  });
});
