import type { PackName } from '@holdfast/kernel';
import { PackSink, snapshotIdOf, VaultReader, VaultWriter, type SealedPack } from '@holdfast/vault';
import { PlaceTransport, StorageChunkSource, StoragePackSink } from '@holdfast/worker';
import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { PostgresObjectPlaces } from '../adapters/postgres/postgres-object-places.js';
import { far, near, ours } from '../adapters/postgres/test-database.suite.js';
import { Crawler, Known, Restore, sealedPack } from './peers.suite.js';
import { clock, idBytes, inVault, keys, waitUntil, type StorageUnderTest } from './storage-under-test.suite.js';

/** What storage promises while a destination is away. */
export function describeOutages(storage: StorageUnderTest): void {
  describe('outages of destinations', () => {
    it('goes on at the next destination while one fails, and catches that up later', async () => {
      const transport = new PlaceTransport();
      storage.epoch = 7;
      const sink = new StoragePackSink(storage.fromCrawler, { grant: await storage.grantOf() }, transport, clock);
      const written: PackName[] = [];
      const noting = new (class extends PackSink {
        override async put(pack: SealedPack): Promise<void> {
          await sink.put(pack);
          written.push(pack.name);
        }
      })();
      const writer = new VaultWriter({ keys, lookup: new Known(storage), sink: noting, random: randomBytes });
      const content = randomBytes(200_000);
      const isRead = async (ref: Awaited<ReturnType<typeof writer.writeContent>>['ref']) => {
        const source = new StorageChunkSource(storage.fromCrawler, inVault, transport, clock, {
          grant: await storage.grantOf(),
        });
        return (await buffer(new VaultReader({ keys, source }).readContent(ref))).equals(content);
      };
      const statistics = () => storage.vaultsForGateway().getVaultStatistics(inVault);
      const head = await storage.head();
      const { snapshotId: parent, number } = head.snapshot!;

      storage.directory.down.add(near);
      const { ref } = await writer.writeContent([content]);
      await writer.flush();
      writer.close();
      const object = Buffer.from(storage.sealed(number + 1, parent, written));
      const commit = {
        grant: await storage.grantOf(),
        sealed: object,
        parentSnapshotId: parent,
        neededPacks: idBytes(written),
      };
      expect(await storage.snapshots().commitSnapshot(commit)).toMatchObject({ number: number + 1 });
      // Nothing new, so both destinations have all packs, and the first one would take the snapshot if it could.
      const next = Buffer.from(storage.sealed(number + 2, snapshotIdOf(object), []));
      expect(
        await storage.snapshots().commitSnapshot({
          ...commit,
          sealed: next,
          parentSnapshotId: snapshotIdOf(object),
          neededPacks: Buffer.alloc(0),
        }),
      ).toMatchObject({ number: number + 2 });
      expect(await isRead(ref)).toBe(true);
      expect((await statistics()).destinations[0]!.packsBehind).toBe(written.length);

      storage.directory.down.delete(near);
      await storage.hurryCopies();
      await waitUntil(async () => (await statistics()).destinations[0]!.packsBehind === 0);
      storage.directory.down.add(far);
      expect(await isRead(ref)).toBe(true);
      storage.directory.down.add(near);
      storage.directory.down.delete(far);
      expect(await isRead(ref)).toBe(true);
      storage.directory.down.clear();
      await transport.close();
    }, 120_000);

    it('copies to a destination that is back at once, whatever pause a copy had still to rest', async () => {
      storage.directory.down.add(near);
      const crawler = new Crawler(storage);
      await crawler.put(await sealedPack(storage, randomBytes(1_000)));
      const rest = () =>
        storage.database().inTenant(ours, (tx) =>
          tx
            .updateTable('copies_due')
            .set({ not_before: new Date(clock.now() + 3_600_000) })
            .where('awaits_return', '=', true)
            .where('destination_id', '=', near)
            .returning('object_no')
            .execute(),
        );
      await waitUntil(async () => (await rest()).length > 0);
      const places = new PostgresObjectPlaces(storage.database());
      const awaited = () => places.awaitedOf(ours, inVault.vaultId);
      // A copy that is tried just now awaits nothing.
      await waitUntil(async () => (await awaited()).join() === near);
      storage.directory.down.clear();
      const behind = async () =>
        (await storage.vaultsForGateway().getVaultStatistics(inVault)).destinations.find(
          ({ destinationId }) => destinationId === near,
        )!.packsBehind;
      await waitUntil(async () => (await behind()) === 0);
      // A copy that was being tried when the destination came back may fail once more: its own pause is short.
      await waitUntil(async () => (await awaited()).length === 0);
    }, 120_000);

    it('has what only a lost destination holds stored anew, and takes up its packs again when it is back', async () => {
      storage.epoch = 8;
      const { snapshotId: parent, number } = (await storage.head()).snapshot!;
      // The test before has made it the second choice.
      storage.directory.down.add(near);
      const content = randomBytes(1_000);
      const crawler = new Crawler(storage);
      const atFar = await sealedPack(storage, content);
      await crawler.put(atFar);
      const chunks = atFar.entries.map(({ chunkId }) => chunkId);
      expect(await new Known(storage).findMissing(chunks)).toEqual(new Set());

      storage.directory.down.delete(near);
      storage.directory.down.add(far);
      // The next holder goes on from a checkpoint, so it builds on the same packs without writing any.
      storage.epoch = 9;
      storage.isResumed = true;
      const lost = expect.objectContaining({ code: 'FAILED_PRECONDITION', message: expect.stringContaining('anew') });
      await waitUntil(async () => {
        const refusal: unknown = await storage.commit(number + 1, parent, []).catch((error: unknown) => error);
        return lost.asymmetricMatch(refusal);
      });
      expect((await storage.head()).snapshot).toMatchObject({ snapshotId: parent });

      // Begun anew: the same content is new, and goes to the destination that works.
      storage.epoch = 10;
      storage.isResumed = false;
      expect(await new Known(storage).findMissing(chunks)).toEqual(new Set(chunks));
      const again = new Crawler(storage);
      await again.put(await sealedPack(storage, content));
      expect(await storage.commit(number + 1, parent, again.written)).toMatchObject({ number: number + 1 });
      const reader = new VaultReader({ keys, source: new Restore(storage) });
      expect(await reader.readChunk('data', chunks[0]!)).toEqual(new Uint8Array(content));

      const packState = async () =>
        (await storage.database().inTenant(ours, (tx) => tx.selectFrom('packs').select('state').execute())).map(
          ({ state }) => state,
        );
      expect(await packState()).toContain('away');
      storage.directory.down.clear();
      await waitUntil(async () => {
        await storage.hurryCopies();
        return !(await packState()).includes('away');
      });
    }, 120_000);
  });
}
