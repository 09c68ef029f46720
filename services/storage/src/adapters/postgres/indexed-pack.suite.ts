import { parsePackName, type VaultId } from '@holdfast/kernel';
import { createHash, randomBytes } from 'node:crypto';
import { fromHex } from './from-hex.js';
import { ours, randomId, type StorageTables } from './test-database.suite.js';

/** An object as a destination would tell of it. */
export const objectOf = (name: string) => ({
  name,
  bytes: 10,
  sha256: createHash('sha256').update(name).digest('hex'),
});

/** A pack in the index; `place` notes where its object lies and answers its number. */
export async function indexedPack(database: StorageTables, vault: VaultId, place: (name: string) => Promise<number>) {
  const hash = randomId(parsePackName);
  const name = `packs/${hash}`;
  const number = await place(name);
  await database.inTenant(ours, (tx) =>
    tx
      .insertInto('packs')
      .values({
        ...{ tenant_id: ours, vault_id: vault, pack_no: number, branch: 'data', bytes: 10, chunks: 1 },
        ...{ name: fromHex(hash), pack_id: randomBytes(16) },
      })
      .execute(),
  );
  return { number, name, hash };
}
