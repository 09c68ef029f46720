import { parseDestinationSettings } from '@holdfast/destinations';
import type { DestinationId } from '@holdfast/kernel';
import { describeWithServer, NO_S3, s3Server } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'minio';
import { randomBytes } from 'node:crypto';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { vaultPrefix } from './app/vault-prefix.js';
import { Checking } from './suites/checking.suite.js';
import { Crawler, sealedPack } from './suites/peers.suite.js';
import { clock, inVault, StorageUnderTest, vault, vaultObjects, waitUntil } from './suites/storage-under-test.suite.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const server = s3Server();
const { host, port, accessKey, secretKey } = server ?? {
  host: 'none.invalid',
  port: 1,
  accessKey: 'none',
  secretKey: 'none',
};
const client = new Client({ endPoint: host, port, useSSL: false, region: 'us-east-1', accessKey, secretKey });
const run = randomBytes(6).toString('hex');
const bucketOf = (destination: DestinationId) => `holdfast-lock-${destination === near ? 'near' : 'far'}-${run}`;
const settingsOf = (bucket: string, changes: object = {}) => ({
  settings: parseDestinationSettings({
    kind: 's3',
    host,
    port,
    tls: false,
    bucket,
    lock: { mode: 'governance', days: 30 },
    ...changes,
  }),
  credentials: { kind: 's3' as const, accessKey, secretKey },
});

describeWithServer('storage with buckets that lock', server ? undefined : NO_S3, () => {
  const storage = new StorageUnderTest(
    {
      make: async () => {
        for (const one of [near, far]) await client.makeBucket(bucketOf(one), 'us-east-1', { ObjectLocking: true });
      },
      of: (destination) => settingsOf(bucketOf(destination)),
      broken: () => settingsOf(bucketOf(near), { port: 1 }),
    },
    useStorageDatabase(),
  );
  beforeAll(() => storage.start(), 60_000);
  afterAll(() => storage.stop());

  /** Names of what a reader is shown at a destination. */
  async function shown(at: DestinationId): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { name } of (await storage.directory.open(ours, vault, at)).list('')) names.push(name);
    return names;
  }

  const places = () =>
    storage
      .database()
      .inTenant(ours, (tx) =>
        tx
          .selectFrom('object_places as p')
          .innerJoin('objects as o', 'o.object_no', 'p.object_no')
          .select(['o.name', 'p.destination_id', 'p.locked_until'])
          .where('p.vault_id', '=', vault)
          .execute(),
      );

  const lookAgain = () =>
    storage.database().inTenant(ours, (tx) =>
      tx
        .updateTable('lock_looks')
        .set({ due_at: new Date(0) })
        .where('vault_id', '=', vault)
        .execute(),
    );

  it('locks header, keys, packs and snapshots at every destination, and knows until when', async () => {
    await storage.vaults().createVault({ ...inVault, destinationIds: [near, far], objects: vaultObjects });
    storage.epoch = 1;
    const crawler = new Crawler(storage);
    for (let number = 0; number < 5; number += 1) await crawler.put(await sealedPack(storage, randomBytes(3_000)));
    await storage.commit(1, '', crawler.written);
    await waitUntil(async () => (await shown(near)).length === 8 && (await shown(far)).length === 8);
    await waitUntil(async () => {
      await lookAgain();
      const all = await places();
      return all.length === 16 && all.every(({ locked_until }) => locked_until !== null);
    });
    for (const { name, destination_id, locked_until } of await places()) {
      const key = `${vaultPrefix(ours, vault)}/${name}`;
      const bucket = bucketOf(destination_id === near ? near : far);
      const found = await client.getObjectRetention(bucket, key);
      expect(Date.parse(found?.retainUntilDate ?? '')).toBe(locked_until?.getTime());
      expect(locked_until!.getTime()).toBeGreaterThan(clock.now() + 29 * DAY_MS);
    }
  }, 60_000);

  it('has all again after somebody with the key has deleted or overwritten every object everywhere', async () => {
    const names = await shown(near);
    for (const destination of [near, far])
      for (const [number, name] of names.entries()) {
        const key = `${vaultPrefix(ours, vault)}/${name}`;
        if (number % 2 === 0) await client.removeObject(bucketOf(destination), key);
        else await client.putObject(bucketOf(destination), key, 'ransom');
      }
    expect((await shown(near)).length).toBeLessThan(names.length);
    const { counts } = await new Checking(storage).run({ mode: 'deep' });
    expect(counts).toMatchObject({ objectsMended: 2 * names.length, objectsOpen: 0, objectsQuarantined: 0 });
    for (const destination of [near, far]) expect(await shown(destination)).toEqual(names);
    expect((await new Checking(storage).run({ mode: 'deep' })).outcome).toBe('completed');
  }, 120_000);
});
