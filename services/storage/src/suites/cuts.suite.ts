import { parseBackupSetId, parseResourceId, parseVaultId, type DestinationId } from '@holdfast/kernel';
import {
  encodeTrailerEntries,
  opaqueResourceId,
  openSetNote,
  packObjectName,
  setNoteName,
  snapshotObjectName,
} from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { far, near, ours } from '../adapters/postgres/test-database.suite.js';
import { sealedPack } from './peers.suite.js';
import { keys, set, vault, vaultObjects, waitUntil, type StorageUnderTest } from './storage-under-test.suite.js';

const seal = { cipher: keys.cipher, key: keys.indexKey };

/** What storage does about destinations that answer a write as done and keep its beginning. */
export function describeCuts(storage: StorageUnderTest): void {
  describe('a write that broke off', () => {
    const place = (at: DestinationId, of = vault) => storage.directory.open(ours, of, at);
    const leave = async (name: string, bytes: Uint8Array, at = near, of = vault) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await (await place(at, of)).put(name, bytes, { bytes: bytes.byteLength, sha256, ifAbsent: false });
    };
    const lies = async (name: string, at = near, of = vault) => buffer(await (await place(at, of)).get(name));
    const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.byteLength >> 1);

    it('of a pack is the destination’s failure, and the pack is written over what it left', async () => {
      const pack = await sealedPack(storage);
      const [name, object] = [Buffer.from(pack.name, 'hex'), packObjectName(pack.name)];
      await leave(object, half(pack.bytes));
      const { branch, bytes } = pack;
      const entries = encodeTrailerEntries(pack.entries);
      const registered = { name, bytes: bytes.byteLength, branch, destinationId: near, entries };
      const register = async () =>
        storage.packs().registerPacks({ grant: await storage.grantOf(), packs: [registered] });
      await expect(register()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      const send = async (failedDestinationIds: string[], body = Uint8Array.from(bytes)) => {
        const packs = [{ name, bytes: bytes.byteLength }];
        const asked = { grant: await storage.grantOf(), packs, failedDestinationIds };
        const { method, url, headers } = (await storage.packs().requestPlaces(asked)).places[0]!;
        return (await fetch(url, { method, headers, body })).status;
      };
      const altered = Uint8Array.from(bytes, (byte, at) => (at === 300 ? byte ^ 1 : byte));
      expect(await send([near, far], altered)).toBe(400);
      expect(await lies(object)).toEqual(Buffer.from(half(bytes)));
      expect(await send([near, far])).toBe(200);
      await register();
    });

    it('of a header or a key is made good when it is written again, and nothing else is written over', async () => {
      const of = parseVaultId(randomUUID());
      const inVault = { tenantId: ours, vaultId: of };
      const key = (digit: string) => ({
        name: `keys/${'ab'.repeat(16)}/passphrase-${digit.repeat(16)}`,
        content: Buffer.from(`the key wrapped for passphrase ${digit}`),
      });
      const [header, first, second, third] = [vaultObjects[0]!, key('1'), key('2'), key('3')];
      for (const { name, content } of [header, second]) await leave(name, half(content), near, of);
      await storage.vaults().createVault({ ...inVault, destinationIds: [near], objects: [header, first] });
      await storage.vaults().replaceKeys({ ...inVault, kind: 'passphrase', objects: [second] });
      expect(await lies(header.name, near, of)).toEqual(Buffer.from(header.content));
      expect(await lies(second.name, near, of)).toEqual(second.content);
      const other = Buffer.from('something of another’s');
      await leave(third.name, other, near, of);
      const replace = storage.vaults().replaceKeys({ ...inVault, kind: 'passphrase', objects: [third] });
      await expect(replace).rejects.toMatchObject({ code: 'STORE_REJECTED' });
      expect(await lies(third.name, near, of)).toEqual(other);
      // The old key stays until the new one is there.
      expect(await lies(second.name, near, of)).toEqual(second.content);
    });

    it('of a copy is made good from where the object is whole', async () => {
      const of = parseVaultId(randomUUID());
      const header = vaultObjects[0]!;
      await leave(header.name, half(header.content), far, of);
      const request = { tenantId: ours, vaultId: of, destinationIds: [near, far], objects: [header] };
      await storage.vaults().createVault(request);
      await waitUntil(async () => (await lies(header.name, far, of)).equals(header.content));
    });

    it('of a note is made good when it is kept again', async () => {
      const of = parseVaultId(randomUUID());
      const scope = { tenantId: ours, vaultId: of };
      await storage.vaults().createVault({ ...scope, destinationIds: [near], objects: vaultObjects });
      const note = { ...scope, backupSetId: set, version: 1, definitionJson: '{"displayName":"All"}' };
      const noted = {
        tenant: ours,
        vault: of,
        generation: 1,
        set: parseBackupSetId(set),
        version: 1,
        definition: undefined,
      };
      const name = setNoteName(noted, keys.indexKey);
      await storage.vaultsForScheduler().keepSet(note);
      await leave(name, half(await lies(name, near, of)), near, of);
      await storage.vaultsForScheduler().keepSet(note);
      expect(openSetNote(name, await lies(name, near, of), seal)).toMatchObject({ definition: { displayName: 'All' } });
    });

    it('of a snapshot is made good by its commit', async () => {
      const resource = parseResourceId('drive.u8');
      const name = snapshotObjectName(opaqueResourceId(ours, set, resource, keys.indexKey), 1, 1);
      const sealed = Buffer.from(storage.sealed(1, '', [], {}, { resource }));
      for (const at of [near, far]) await leave(name, half(sealed), at);
      await storage.snapshots().commitSnapshot({
        grant: await storage.grantOf({ resource }),
        sealed,
        parentSnapshotId: '',
        neededPacks: Buffer.alloc(0),
      });
      for (const at of [near, far]) await waitUntil(async () => (await lies(name, at)).equals(sealed));
    });
  });
}
