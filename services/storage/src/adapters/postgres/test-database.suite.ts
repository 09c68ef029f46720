import { parseDestinationId, parseTenantId, parseVaultId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { migrations } from './migrations.js';
import { PostgresVaults } from './postgres-vaults.js';
import { STORAGE_SCHEMA, SWEEPS, type StorageSchema, type StorageSweep } from './schema.js';

export type StorageTables = Database<StorageSchema, StorageSweep>;

export const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
export const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
export const near = parseDestinationId('11111111-0000-4000-8000-000000000000');
export const far = parseDestinationId('22222222-0000-4000-8000-000000000000');

/** A real server and storage's schema in it, for all tests of a file. */
export function useStorageDatabase(): () => StorageTables {
  let server: Awaited<ReturnType<typeof startTestPostgres>>;
  let database: StorageTables;
  beforeAll(async () => {
    server = await startTestPostgres();
    const adminUrl = new Secret(await server.createDatabase());
    const urls = serviceUrls(adminUrl, STORAGE_SCHEMA, new Secret('test'));
    await prepareDatabase({ adminUrl, ...urls, schema: STORAGE_SCHEMA, migrations });
    const logger = new SilentLogger();
    database = await Database.open<StorageSchema, StorageSweep>({
      ...urls,
      schema: STORAGE_SCHEMA,
      sweeps: SWEEPS,
      logger,
    });
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });
  return () => database;
}

/** A vault of its own for one test. */
export async function newVault(
  database: StorageTables,
  tenant: TenantId,
  destinations = [near, far],
): Promise<VaultId> {
  const vault = parseVaultId(randomUUID());
  await new PostgresVaults(database).create(tenant, vault, destinations);
  return vault;
}

/** An id of 32 random bytes, as whichever brand is wanted. */
export function randomId<Id>(parse: (hex: string) => Id, bytes = 32): Id {
  return parse(randomBytes(bytes).toString('hex'));
}
