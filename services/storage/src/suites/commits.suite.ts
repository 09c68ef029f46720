import {
  VaultReader,
  VaultWriter,
  commitOf,
  opaqueResourceId,
  openSnapshotHeader,
  snapshotIdOf,
  snapshotObjectName,
} from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { PostgresSnapshots } from '../adapters/postgres/postgres-snapshots.js';
import { far, near, ours } from '../adapters/postgres/test-database.suite.js';
import { Crawler, Known, Restore } from './peers.suite.js';
import {
  idBytes,
  inVault,
  keys,
  resource,
  set,
  vault,
  waitUntil,
  type StorageUnderTest,
} from './storage-under-test.suite.js';

/** What storage promises about snapshots. */
export function describeCommits(storage: StorageUnderTest): void {
  describe('commits', () => {
    it('takes what a crawler writes, gives it back to a reader, commits it and lists it', async () => {
      storage.epoch = 5;
      const crawler = new Crawler(storage);
      const writer = new VaultWriter({
        keys,
        lookup: new Known(storage),
        sink: crawler,
        random: randomBytes,
        packBytes: 1024 * 1024,
      });
      const content = randomBytes(3_000_000);
      const { ref } = await writer.writeContent([content]);
      await writer.flush();
      expect(crawler.written.length).toBeGreaterThan(2);

      const again = await writer.writeContent([content]);
      expect(again.stats.newChunks).toBe(0);
      writer.close();

      const first = storage.sealed(1, '', crawler.written);
      const grant = await storage.grantOf();
      const commit = { grant, sealed: Buffer.from(first), parentSnapshotId: '', neededPacks: idBytes(crawler.written) };
      const committed = await storage.snapshots().commitSnapshot(commit);
      expect(committed).toMatchObject({ ...inVault, snapshotId: snapshotIdOf(first), number: 1, parentSnapshotId: '' });
      expect(await storage.snapshots().commitSnapshot(commit)).toEqual(committed);

      const head = await storage.head();
      expect(head.sealed).toEqual(Buffer.from(first));
      const list = { ...inVault, backupSetId: '', jobId: '', resourceId: '', asOfMs: 0, pageSize: 0, pageToken: '' };
      expect((await storage.snapshotsForGateway().listSnapshots(list)).snapshots).toEqual([committed]);

      const reader = new VaultReader({ keys, source: new Restore(storage) });
      expect((await buffer(reader.readContent(ref))).equals(content)).toBe(true);
    }, 30_000);

    it('discards no vault that holds anything', async () => {
      await expect(storage.vaults().discardVault(inVault)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    });

    it('counts what the vault holds, and what each destination lacks', async () => {
      const statistics = () => storage.vaultsForGateway().getVaultStatistics(inVault);
      await waitUntil(async () => (await statistics()).destinations.every(({ packsBehind }) => packsBehind === 0));
      const {
        packs: count,
        packsBytes,
        dataBytes,
        metaBytes,
        chunks: chunkCount,
        snapshots: visible,
        destinations,
      } = await statistics();
      expect(count).toBeGreaterThan(2);
      expect(dataBytes).toBeGreaterThan(3_000_000);
      expect(dataBytes + metaBytes).toBe(packsBytes);
      expect(chunkCount).toBeGreaterThan(2);
      expect(visible).toBe(1);
      expect(destinations).toEqual(
        [near, far].map((destinationId) => ({
          destinationId,
          packs: count,
          packsBytes,
          packsBehind: 0,
          keysBehind: 0,
        })),
      );
    });

    it('refuses a snapshot that another task has overtaken', async () => {
      const head = await storage.head();
      const parent = head.snapshot!.snapshotId;
      const late = {
        grant: await storage.grantOf(),
        sealed: Buffer.from(storage.sealed(2, parent, [])),
        parentSnapshotId: parent,
        neededPacks: Buffer.alloc(0),
      };
      storage.epoch = 6;
      const winner = Buffer.from(storage.sealed(2, parent, []));
      await storage.snapshots().commitSnapshot({
        grant: await storage.grantOf(),
        sealed: winner,
        parentSnapshotId: parent,
        neededPacks: Buffer.alloc(0),
      });
      await expect(storage.snapshots().commitSnapshot(late)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
      const loser = {
        grant: await storage.grantOf(),
        sealed: Buffer.from(storage.sealed(2, parent, [])),
        parentSnapshotId: parent,
        neededPacks: Buffer.alloc(0),
      };
      await expect(storage.snapshots().commitSnapshot(loser)).rejects.toMatchObject({ code: 'COMMIT_REFUSED' });
    });

    it('finishes the head that a lost storage had stored and not yet put', async () => {
      const before = await storage.head();
      const { snapshotId, number } = before.snapshot!;
      const object = storage.sealed(number + 1, snapshotId, []);
      const header = openSnapshotHeader(object, { cipher: keys.cipher, indexKey: keys.indexKey });
      const objectName = snapshotObjectName(opaqueResourceId(ours, set, resource, keys.indexKey), 1, number + 1);
      const stored = { header, sealed: object, objectName, vaultGeneration: 1 };
      await new PostgresSnapshots(storage.database()).decide(ours, commitOf(snapshotIdOf(object), header), stored);
      const head = await storage.head();
      expect(head.snapshot).toMatchObject({ snapshotId: snapshotIdOf(object), number: number + 1 });
      expect(head.snapshot!.committedAtMs).toBeGreaterThan(0);
      expect(await buffer(await (await storage.directory.open(ours, vault, near)).get(objectName))).toEqual(
        Buffer.from(object),
      );
    });
  });
}
