import { parseResourceId, parseVaultId, type PackName } from '@holdfast/kernel';
import {
  deriveVaultKeys,
  encodeTrailerEntries,
  newRootKey,
  opaqueResourceId,
  PackSink,
  packObjectName,
  snapshotObjectName,
  VaultWriter,
  type SealedPack,
  type SnapshotHeader,
} from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { far, near, ours } from '../adapters/postgres/test-database.suite.js';
import { Crawler, Known, sealedPack } from './peers.suite.js';
import { keys, set, vault, type StorageUnderTest } from './storage-under-test.suite.js';

/** A pack of a vault whose keys are others. */
async function strangePack(storage: StorageUnderTest): Promise<SealedPack> {
  const packs: SealedPack[] = [];
  const sink = new (class extends PackSink {
    override async put(pack: SealedPack): Promise<void> {
      packs.push({ ...pack, bytes: Uint8Array.from(pack.bytes) });
    }
  })();
  const theirs = deriveVaultKeys([newRootKey(randomBytes)]);
  const writer = new VaultWriter({ keys: theirs, lookup: new Known(storage), sink, random: randomBytes });
  await writer.put('data', randomBytes(500));
  await writer.flush();
  writer.close();
  return packs[0]!;
}

/** What storage refuses from a crawler that was taken over, and from a destination that lies. */
export function describeAttacks(storage: StorageUnderTest): void {
  describe('attacks', () => {
    it('takes no pack of another vault, and names it', async () => {
      const pack = await strangePack(storage);
      await expect(new Crawler(storage).put(pack)).rejects.toMatchObject({
        code: 'VAULT_OBJECT_INVALID',
        message: expect.stringContaining(pack.name),
      });
      expect(await new Known(storage).findMissing(pack.entries.map(({ chunkId }) => chunkId))).toHaveProperty(
        'size',
        1,
      );
    });

    it('takes no pack that lies at the destination under another’s name, or not at all', async () => {
      const [good, other] = [await sealedPack(storage), await sealedPack(storage)];
      const place = await storage.directory.open(ours, vault, near);
      const sha256 = createHash('sha256').update(other.bytes).digest('hex');
      await place.put(packObjectName(good.name), other.bytes, {
        bytes: other.bytes.byteLength,
        sha256,
        ifAbsent: true,
      });
      const claim = async ({ name, bytes, branch, entries }: SealedPack) => {
        const pack = { name: Buffer.from(name, 'hex'), bytes: bytes.byteLength, branch, destinationId: near };
        const packs = [{ ...pack, entries: encodeTrailerEntries(entries) }];
        return storage.packs().registerPacks({ grant: await storage.grantOf(), packs });
      };
      await expect(claim(good)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const nowhere = await sealedPack(storage);
      await expect(claim(nowhere)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining(nowhere.name),
      });
      await place.delete(packObjectName(good.name));
    });

    const ask = async (
      number: number,
      parent: string,
      lies: Partial<SnapshotHeader>,
      certified: Partial<SnapshotHeader>,
    ) =>
      storage.snapshots().commitSnapshot({
        grant: await storage.grantOf(),
        sealed: Buffer.from(storage.sealed(number, parent, [], lies, certified)),
        parentSnapshotId: parent,
        neededPacks: Buffer.alloc(0),
      });

    it.each<[string, Partial<SnapshotHeader>, Partial<SnapshotHeader>, string]>([
      [
        'for another resource than its certificate',
        { resource: parseResourceId('mail.u2') },
        {},
        'VAULT_OBJECT_INVALID',
      ],
      ['of another epoch than its certificate', { epoch: 99 }, {}, 'VAULT_OBJECT_INVALID'],
      [
        'certified for another resource than the grant',
        {},
        { resource: parseResourceId('mail.u2') },
        'INVALID_ARGUMENT',
      ],
      ['certified for another vault', {}, { vault: parseVaultId(randomUUID()) }, 'INVALID_ARGUMENT'],
      ['certified for an earlier epoch', {}, { epoch: 1 }, 'INVALID_ARGUMENT'],
      ['certified for a lower generation', {}, { generation: 0 }, 'COMMIT_REFUSED'],
    ])('commits no snapshot %s', async (_, lies, certified, code) => {
      const { snapshotId, number } = (await storage.head()).snapshot!;
      await expect(ask(number + 1, snapshotId, lies, certified)).rejects.toMatchObject({ code });
      expect((await storage.head()).snapshot).toMatchObject({ snapshotId, number });
    });

    it('commits no earlier snapshot once more, and none with a byte changed or cut off', async () => {
      const { sealed, snapshot } = await storage.head();
      const { snapshotId, number } = snapshot!;
      const commit = async (bytes: Buffer, parentSnapshotId: string) =>
        storage.snapshots().commitSnapshot({
          grant: await storage.grantOf(),
          sealed: bytes,
          parentSnapshotId,
          neededPacks: Buffer.alloc(0),
        });
      storage.epoch += 1;
      await expect(commit(sealed, snapshotId)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const next = Buffer.from(storage.sealed(number + 1, snapshotId, []));
      await expect(commit(next.subarray(0, -1), snapshotId)).rejects.toMatchObject({ code: 'VAULT_OBJECT_INVALID' });
      next[100] = next[100]! ^ 1;
      await expect(commit(next, snapshotId)).rejects.toMatchObject({ code: 'VAULT_OBJECT_INVALID' });
    });

    it('tells when the destination holds something else at a snapshot’s place', async () => {
      const resource = parseResourceId('drive.u9');
      const name = snapshotObjectName(opaqueResourceId(ours, set, resource, keys.indexKey), 1, 1);
      const older = Buffer.from('an older snapshot');
      const sha256 = createHash('sha256').update(older).digest('hex');
      const terms = { bytes: older.byteLength, sha256, ifAbsent: true };
      for (const at of [near, far]) await (await storage.directory.open(ours, vault, at)).put(name, older, terms);
      const packs: PackName[] = [];
      const commit = storage.snapshots().commitSnapshot({
        grant: await storage.grantOf({ resource }),
        sealed: Buffer.from(storage.sealed(1, '', packs, {}, { resource })),
        parentSnapshotId: '',
        neededPacks: Buffer.alloc(0),
      });
      await expect(commit).rejects.toMatchObject({
        code: 'COMMIT_REFUSED',
        message: expect.stringContaining('another snapshot at its place'),
      });
    });
  });
}
