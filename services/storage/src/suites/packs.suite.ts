import { parseChunkId } from '@holdfast/kernel';
import { encodeTrailerEntries } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { near, ours } from '../adapters/postgres/test-database.suite.js';
import { Crawler, Known, sealedPack } from './peers.suite.js';
import { vault, type StorageUnderTest } from './storage-under-test.suite.js';

/** What storage promises about packs and the places for them. */
export function describePacks(storage: StorageUnderTest): void {
  describe('packs and places', () => {
    it('takes a pack again that it has, as a crawler does that missed the answer', async () => {
      const crawler = new Crawler(storage);
      const pack = await sealedPack(storage);
      await crawler.put(pack);
      await crawler.put(pack);
      expect(await new Known(storage).findMissing(pack.entries.map(({ chunkId }) => chunkId))).toEqual(new Set());
    });

    it('refuses entries that the pack itself denies', async () => {
      const pack = await sealedPack(storage);
      await new Crawler(storage).put(pack);
      const { name, bytes, branch, entries } = pack;
      const lie = encodeTrailerEntries(entries.map((entry) => ({ ...entry, chunkId: parseChunkId('ab'.repeat(32)) })));
      const claimed = {
        name: Buffer.from(name, 'hex'),
        bytes: bytes.byteLength,
        branch,
        destinationId: near,
        entries: lie,
      };
      const register = storage.packs().registerPacks({ grant: await storage.grantOf(), packs: [claimed] });
      await expect(register).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });

    describe('a place', () => {
      const bytes = Uint8Array.from(randomBytes(500));
      const name = createHash('sha256').update(bytes).digest();
      const hex = name.toString('hex');
      const ask = async () =>
        (
          await storage.packs().requestPlaces({
            grant: await storage.grantOf(),
            packs: [{ name, bytes: 500 }],
            failedDestinationIds: [],
          })
        ).places[0]!;
      const send = async (body: Uint8Array<ArrayBuffer>, changes: object = {}) => {
        const { method, url, headers } = { ...(await ask()), ...changes };
        const { 'content-length': _, ...rest } = headers as Record<string, string>;
        return (await fetch(url, { method, headers: rest, body })).status;
      };

      it('take the announced bytes once, and no others', async () => {
        expect(await send(Uint8Array.from(randomBytes(500)))).toBe(400);
        expect(await send(bytes.slice(1))).toBeGreaterThanOrEqual(400);
        expect(await send(bytes, { headers: {} })).toBe(403);
        const { url } = await ask();
        expect(await send(bytes, { url: url.replace(/.{4}$/, 'abcd') })).toBe(403);
        expect(
          await (await storage.directory.open(ours, vault, near)).head(`packs/${hex.slice(0, 2)}/${hex}`),
        ).toBeUndefined();
        expect(await send(bytes)).toBe(200);
        expect(await send(bytes)).toBe(412);
      });

      it('are for one method only', async () => {
        const { url, headers } = await ask();
        expect((await fetch(url, { headers })).status).toBeGreaterThanOrEqual(400);
      });
    });

    it('answers nobody without a live grant', async () => {
      const request = { packs: [{ name: Buffer.alloc(32), bytes: 1 }], failedDestinationIds: [] };
      const refused = (grant: Promise<string>) =>
        grant.then((text) =>
          expect(storage.packs().requestPlaces({ ...request, grant: text })).rejects.toMatchObject({
            code: 'GRANT_REFUSED',
          }),
        );
      await refused(Promise.resolve('nonsense'));
      await refused(storage.grantOf({ exp: 1 }));
      await refused(storage.grantOf({ holder: 'restore' }));
      await refused(storage.grantOf({ epoch: 1 }));
    });
  });
}
