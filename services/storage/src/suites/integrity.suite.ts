import { parseJobId, type ChunkId, type DestinationId } from '@holdfast/kernel';
import { packObjectName, type SealedPack, VaultReader } from '@holdfast/vault';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { far, near, ours } from '../adapters/postgres/test-database.suite.js';
import { Checking } from './checking.suite.js';
import { Crawler, Known, Restore, sealedPack } from './peers.suite.js';
import { keys, type StorageUnderTest, vault, waitUntil } from './storage-under-test.suite.js';

const PACKS = 32;
/** A server of files takes a connection for each object and each listing: minutes, where the machine is busy. */
const MOST_MS = 300_000;
const DEEP = { mode: 'deep' } as const;
const QUICK = { mode: 'quick' } as const;

/** What storage promises about objects that are damaged at a destination. */
export function describeIntegrity(storage: StorageUnderTest): void {
  describe('integrity', () => {
    const contents = new Map<ChunkId, Buffer<ArrayBuffer>>();
    const packs: SealedPack[] = [];
    const nameOf = (pack: SealedPack) => packObjectName(pack.name);
    const at = (destination: DestinationId) => storage.directory.open(ours, vault, destination);
    const bytesAt = async (destination: DestinationId, name: string) => buffer(await (await at(destination)).get(name));
    const overwrite = async (destination: DestinationId, name: string, bytes: Uint8Array) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await (await at(destination)).put(name, bytes, { bytes: bytes.byteLength, sha256, ifAbsent: false });
    };
    const remove = async (destination: DestinationId, name: string) => (await at(destination)).delete(name);

    async function write(crawler: Crawler, count: number): Promise<readonly SealedPack[]> {
      const written: SealedPack[] = [];
      for (let number = 0; number < count; number += 1) {
        const content = randomBytes(2_000 + number);
        const pack = await sealedPack(storage, content);
        await crawler.put(pack);
        contents.set(pack.entries[0]!.chunkId, content);
        written.push(pack);
      }
      return written;
    }

    async function commit(crawler: Crawler): Promise<void> {
      const { snapshotId, number } = (await storage.head()).snapshot!;
      await storage.commit(number + 1, snapshotId, crawler.written);
    }

    async function copied(): Promise<void> {
      await storage.hurryCopies();
      await waitUntil(async () => {
        const [row] = await storage.database().inTenant(ours, (tx) =>
          tx
            .selectFrom('copies_due')
            .select(({ fn }) => fn.countAll<number>().as('due'))
            .where('vault_id', '=', vault)
            .execute(),
        );
        return row?.due === 0;
      });
    }

    async function expectAllReadable(): Promise<void> {
      const reader = new VaultReader({ keys, source: new Restore(storage) });
      for (const [chunk, content] of contents)
        expect(Buffer.from(await reader.readChunk('data', chunk)).equals(content)).toBe(true);
    }

    async function expectWhole(destination: DestinationId, of: readonly SealedPack[]): Promise<void> {
      for (const pack of of) {
        const bytes = await bytesAt(destination, nameOf(pack));
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(pack.name);
      }
    }

    beforeAll(async () => {
      storage.epoch = 20;
      const crawler = new Crawler(storage);
      packs.push(...(await write(crawler, PACKS)));
      await commit(crawler);
      await copied();
      // What other tests have put and never told of.
      const checking = new Checking(storage);
      await checking.run(QUICK);
      for (const { object, destinationId } of await checking.findings()) await remove(destinationId, object);
    }, MOST_MS);

    it(
      'says of a vault that is whole that it is',
      async () => {
        await new Checking(storage).run(QUICK);
        const { outcome, counts } = await new Checking(storage).run(DEEP);
        expect(outcome).toBe('completed');
        expect(counts).toMatchObject({ objectsMended: 0, objectsUnknown: 0, packsCorrected: 0, indexCorrected: 0 });
        expect(counts.objectsChecked).toBeGreaterThanOrEqual(2 * counts.objectsExpected);
        expect(counts.bytesRead).toBe(counts.bytesExpected);
        expect(await new Checking(storage).findings()).toEqual([]);
      },
      MOST_MS,
    );

    it(
      'finds by a listing what is missing, has another size, or is not known, and mends what it can',
      async () => {
        const [gone, cut] = packs as [SealedPack, SealedPack];
        await remove(near, nameOf(gone));
        await overwrite(far, nameOf(cut), cut.bytes.subarray(0, 100));
        const stranger = `packs/00/${'00'.repeat(32)}`;
        await overwrite(near, stranger, Buffer.from('stranger'));
        const checking = new Checking(storage);
        const { outcome, counts } = await checking.run(QUICK);
        expect(outcome).toBe('completed-with-warnings');
        expect(counts).toMatchObject({
          objectsMissing: 1,
          objectsShort: 1,
          objectsUnknown: 1,
          objectsMended: 2,
          bytesRead: 0,
        });
        expect(await checking.findings()).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ object: nameOf(gone), destinationId: near, damage: 'missing', state: 'mended' }),
            expect.objectContaining({
              object: nameOf(cut),
              destinationId: far,
              damage: 'short',
              state: 'mended',
              bytes: 100,
            }),
            expect.objectContaining({ object: stranger, destinationId: near, damage: 'unknown', state: 'told' }),
          ]),
        );
        expect(String(await bytesAt(near, stranger))).toBe('stranger');
        await remove(near, stranger);
        await expectWhole(near, [gone]);
        await expectWhole(far, [cut]);
        expect((await checking.run(QUICK)).outcome).toBe('completed');
        expect(await checking.findings()).toEqual([]);
      },
      MOST_MS,
    );

    it(
      'mends flipped, cut, deleted and swapped packs while backups run, and every chunk can be read',
      async () => {
        const [flipped, cut, gone, one, other] = packs.slice(10);
        const bytes = Buffer.from(flipped!.bytes);
        bytes[bytes.byteLength >> 1]! ^= 1;
        await overwrite(near, nameOf(flipped!), bytes);
        await overwrite(near, nameOf(cut!), cut!.bytes.subarray(0, -1));
        await remove(near, nameOf(gone!));
        await overwrite(near, nameOf(one!), other!.bytes);
        await overwrite(near, nameOf(other!), one!.bytes);
        const crawler = new Crawler(storage);
        const checking = new Checking(storage);
        const [more, { outcome, counts }] = await Promise.all([write(crawler, 10), checking.run(DEEP)]);
        await commit(crawler);
        expect(outcome).toBe('completed-with-warnings');
        expect(counts).toMatchObject({ objectsMended: 5, objectsOpen: 0, objectsQuarantined: 0 });
        expect(counts.objectsMissing + counts.objectsShort + counts.objectsLong + counts.objectsAltered).toBe(5);
        // What a crawler has put and not yet told of is a stranger for a moment.
        const all = (await checking.findings()).filter(({ damage }) => damage !== 'unknown');
        const found = all.map(({ object, state }) => `${object} ${state}`);
        expect(found.sort()).toEqual(
          [flipped!, cut!, gone!, one!, other!].map((pack) => `${nameOf(pack)} mended`).sort(),
        );
        await copied();
        await expectWhole(near, [...packs, ...more]);
        await expectWhole(far, [...packs, ...more]);
        await expectAllReadable();
      },
      MOST_MS,
    );

    it(
      'goes on where it was broken off, and tells of all that it found',
      async () => {
        const [early] = [...packs].sort((a, b) => (a.name < b.name ? -1 : 1)) as [SealedPack];
        await remove(near, nameOf(early));
        const checking = new Checking(storage);
        checking.failsAt = 3;
        const id = parseJobId(randomUUID());
        await expect(checking.run(DEEP, id)).rejects.toThrow('ends here');
        checking.failsAt = Infinity;
        const { outcome, counts } = await checking.run(DEEP, id);
        expect(outcome).toBe('completed-with-warnings');
        expect(counts).toMatchObject({ objectsMissing: 1, objectsMended: 1 });
        expect(counts.bytesRead).toBe(counts.bytesExpected);
      },
      MOST_MS,
    );

    it(
      'keeps the last bytes of what is damaged everywhere, has it stored anew, and names the snapshots',
      async () => {
        const lost = packs[20]!;
        const [chunk] = lost.entries.map(({ chunkId }) => chunkId) as [ChunkId];
        const altered = Buffer.from(lost.bytes);
        altered[0]! ^= 255;
        const alteredToo = Buffer.from(lost.bytes);
        alteredToo[1]! ^= 255;
        await overwrite(near, nameOf(lost), altered);
        await overwrite(far, nameOf(lost), alteredToo);
        const checking = new Checking(storage);
        const { outcome, counts } = await checking.run(DEEP);
        expect(outcome).toBe('incomplete');
        expect(counts).toMatchObject({
          objectsAltered: 2,
          objectsMended: 0,
          objectsQuarantined: 2,
          snapshotsAffected: 1,
        });
        expect(await bytesAt(near, nameOf(lost))).toEqual(altered);
        expect(await bytesAt(far, nameOf(lost))).toEqual(alteredToo);
        const [finding] = (await checking.findings()).filter(({ state }) => state === 'quarantined');
        expect(finding?.snapshots).toEqual([expect.objectContaining({ resourceId: 'mail.u1' })]);
        // The chunk itself is whole, and still read; a backup is told that it is missing, and brings it again.
        const reader = new VaultReader({ keys, source: new Restore(storage) });
        expect(Buffer.from(await reader.readChunk('data', chunk)).equals(contents.get(chunk)!)).toBe(true);
        expect(await new Known(storage).findMissing([chunk])).toEqual(new Set([chunk]));
        const crawler = new Crawler(storage);
        await crawler.put(await sealedPack(storage, contents.get(chunk)));
        await commit(crawler);
        expect(await new Known(storage).findMissing([chunk])).toEqual(new Set());

        // Somebody brings the good bytes back to one destination.
        await overwrite(far, nameOf(lost), lost.bytes);
        expect((await checking.run(DEEP)).counts).toMatchObject({ objectsQuarantined: 0, objectsOpen: 0 });
        await copied();
        await expectWhole(near, [lost]);
        await expectWhole(far, [lost]);
        await expectAllReadable();
      },
      MOST_MS,
    );

    it(
      'mends a snapshot from what the database keeps, where no destination has it',
      async () => {
        const { snapshotId } = (await storage.head()).snapshot!;
        const row = await storage
          .database()
          .inTenant(ours, (tx) =>
            tx
              .selectFrom('snapshots')
              .select('object_name')
              .where('snapshot_id', '=', Buffer.from(snapshotId, 'hex'))
              .executeTakeFirstOrThrow(),
          );
        await copied();
        for (const destination of [near, far]) await remove(destination, row.object_name);
        const { outcome, counts } = await new Checking(storage).run(QUICK);
        expect([outcome, counts.objectsMended]).toEqual(['completed-with-warnings', 2]);
        for (const destination of [near, far])
          expect(
            createHash('sha256')
              .update(await bytesAt(destination, row.object_name))
              .digest('hex'),
          ).toBe(snapshotId);
      },
      MOST_MS,
    );

    it(
      'puts the index right by what the packs say',
      async () => {
        const [wrongCount, wrongEntry, lacking] = packs.slice(24) as [SealedPack, SealedPack, SealedPack];
        const idOf = (pack: SealedPack) => Buffer.from(pack.entries[0]!.chunkId, 'hex');
        await storage.database().inTenant(ours, async (tx) => {
          await tx
            .updateTable('packs')
            .set({ chunks: 7 })
            .where('name', '=', Buffer.from(wrongCount.name, 'hex'))
            .execute();
          await tx.updateTable('chunks').set({ pack_offset: 1 }).where('chunk_id', '=', idOf(wrongEntry)).execute();
          await tx.deleteFrom('chunks').where('chunk_id', '=', idOf(lacking)).execute();
        });
        const { outcome, counts } = await new Checking(storage).run({ ...DEEP, destinationId: near });
        expect(outcome).toBe('completed-with-warnings');
        expect(counts).toMatchObject({ indexCorrected: 2, packsCorrected: 1, chunksOff: 6 });
        await expectAllReadable();
      },
      MOST_MS,
    );

    it(
      'reads by samples all that there is in as many runs as were named',
      async () => {
        await storage.database().inTenant(ours, (tx) =>
          tx
            .updateTable('object_places')
            .set({ looked_at: new Date(0) })
            .execute(),
        );
        const days = 4;
        const read: number[] = [];
        const left: number[] = [];
        for (let day = 0; day < days; day += 1) {
          const { counts } = await new Checking(storage).run({ mode: 'sample', days, destinationId: near });
          read.push(counts.bytesRead);
          left.push(counts.daysUntilAllRead);
          expect(counts.sampleDays).toBe(days);
          expect(counts.objectsInShare).toBe(Math.ceil(counts.objectsExpected / days));
          expect(counts.bytesInShare).toBe(Math.ceil(counts.bytesExpected / days));
          expect(counts.bytesRead).toBeGreaterThanOrEqual(counts.bytesExpected / days);
          expect(counts.bytesRead).toBeLessThan(counts.bytesExpected);
        }
        expect(left.at(-1)).toBe(0);
        expect(left[0]).toBeLessThanOrEqual(days - 1);
        const [never] = await storage.database().inTenant(ours, (tx) =>
          tx
            .selectFrom('object_places')
            .select(({ fn }) => fn.countAll<number>().as('places'))
            .where('vault_id', '=', vault)
            .where('destination_id', '=', near)
            .where('looked_at', '=', new Date(0))
            .execute(),
        );
        expect(never?.places).toBe(0);
      },
      MOST_MS,
    );

    it(
      'checks the others where one destination does not answer, and says so',
      async () => {
        storage.directory.down.add(near);
        const { outcome, counts } = await new Checking(storage).run(QUICK);
        storage.directory.down.clear();
        expect([outcome, counts.destinationsUnreached]).toEqual(['incomplete', 1]);
        expect(counts.objectsChecked).toBeGreaterThan(PACKS);
      },
      MOST_MS,
    );
  });
}
