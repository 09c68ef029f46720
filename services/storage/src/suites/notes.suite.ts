import { parseVaultId } from '@holdfast/kernel';
import { generationNoteName, JOBS_PREFIX, openJobNote, openSetNote, SETS_PREFIX } from '@holdfast/vault';
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { far, near, ours } from '../adapters/postgres/test-database.suite.js';
import { vaultPrefix } from '../app/vault-prefix.js';
import { keys, set, vaultObjects, waitUntil, type StorageUnderTest } from './storage-under-test.suite.js';

const seal = { cipher: keys.cipher, key: keys.indexKey };
const JOB = 'dddddddd-0000-4000-8000-000000000000';

/** What storage promises about what lies beside the data, and about vaults that lie at a destination already. */
export function describeNotes(storage: StorageUnderTest): void {
  describe('notes', () => {
    const inVault = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
    const place = (at = near) => storage.directory.open(ours, inVault.vaultId, at);
    const found = async (prefix: string, at = near) => {
      const destination = await place(at);
      const [object] = await Array.fromAsync(destination.list(prefix));
      return object && { name: object.name, content: await buffer(await destination.get(object.name)) };
    };

    it('of a set and a job are kept sealed, the same if told twice, and copied', async () => {
      await storage.vaults().createVault({ ...inVault, destinationIds: [near, far], objects: vaultObjects });
      const note = { ...inVault, backupSetId: set, version: 3, definitionJson: '{"displayName":"All"}' };
      for (let times = 0; times < 2; times += 1) await storage.vaultsForScheduler().keepSet(note);
      const job = { ...inVault, jobId: JOB, part: 0, parts: 1, historyJson: '{"state":"completed","tasks":[]}' };
      for (let times = 0; times < 2; times += 1) await storage.vaultsForScheduler().keepJob(job);
      const { name, content } = (await found(SETS_PREFIX))!;
      expect(content.toString('latin1')).not.toContain('All');
      expect(openSetNote(name, content, seal)).toMatchObject({ set, version: 3, definition: { displayName: 'All' } });
      const kept = (await found(JOBS_PREFIX))!;
      expect(openJobNote(kept.name, kept.content, seal)).toMatchObject({ job: JOB, report: { state: 'completed' } });
      // Copied side by side: neither waits for the other.
      for (const prefix of [SETS_PREFIX, JOBS_PREFIX])
        await waitUntil(async () => (await found(prefix, far)) !== undefined);
      expect((await found(SETS_PREFIX, far))?.content).toEqual(content);
    });

    it('are not put over others: then the database is older than the vault', async () => {
      const other = { ...inVault, backupSetId: set, version: 3, definitionJson: '{"displayName":"None"}' };
      await expect(storage.vaultsForScheduler().keepSet(other)).rejects.toMatchObject({
        code: 'FAILED_PRECONDITION',
        message: expect.stringContaining('older than the vault'),
      });
    });

    it('go elsewhere when the first destination is away', async () => {
      storage.directory.down.add(near);
      const note = { ...inVault, backupSetId: set, version: 4, definitionJson: '' };
      await storage.vaultsForScheduler().keepSet(note);
      storage.directory.down.clear();
      const names = (await Array.fromAsync((await place(far)).list(SETS_PREFIX))).map(({ name }) => name);
      expect(names.at(-1)).toMatch(/-0000000004$/);
    });
  });

  describe('key objects', () => {
    const inVault = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
    const keyId = 'ab'.repeat(16);
    const key = (kind: string, digits: string) => ({
      name: `keys/${keyId}/${kind}-${digits}`,
      content: Buffer.from(`${kind} ${digits}`),
    });
    const namesAt = async (id: typeof near) => {
      const place = await storage.directory.open(ours, inVault.vaultId, id);
      return (await Array.fromAsync(place.list('keys/'))).map(({ name }) => name.split('/').at(-1));
    };

    it('are put in the place of those of their kind, at a destination that was away too', async () => {
      const first = [vaultObjects[0]!, key('provider', '1'), key('passphrase', '1')];
      await storage.vaults().createVault({ ...inVault, destinationIds: [near, far], objects: first });
      await waitUntil(async () => (await namesAt(far)).length === 2);
      storage.directory.down.add(far);
      const change = { ...inVault, kind: 'passphrase', objects: [key('passphrase', '2'), key('passphrase', '3')] };
      for (let times = 0; times < 2; times += 1) await storage.vaults().replaceKeys(change);
      const keysBehindAt = async (id: typeof near) =>
        (await storage.vaultsForGateway().getVaultStatistics(inVault)).destinations.find(
          ({ destinationId }) => destinationId === id,
        )!.keysBehind;
      // The one that opens the vault there until the new ones have come.
      expect(await keysBehindAt(far)).toBe(1);
      expect(await namesAt(near)).toEqual(expect.arrayContaining(['passphrase-2', 'passphrase-3', 'provider-1']));
      storage.directory.down.clear();
      await waitUntil(async () => {
        await storage.hurryCopies();
        await hurryDeletions();
        const [here, there] = await Promise.all([near, far].map(namesAt));
        return [here, there].every((names) => names?.join() === 'passphrase-2,passphrase-3,provider-1');
      });
      await waitUntil(async () => (await keysBehindAt(far)) === 0);
    });

    it('of one change are not let go of by another at the same moment that was overtaken', async () => {
      const overtaken = key('passphrase', '4');
      await storage.vaults().replaceKeys({ ...inVault, kind: 'passphrase', objects: [overtaken] });
      await storage.vaults().replaceKeys({ ...inVault, kind: 'passphrase', objects: [key('passphrase', '5')] });
      const late = storage.vaults().replaceKeys({ ...inVault, kind: 'passphrase', objects: [overtaken] });
      await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
      await storage.hurryCopies();
      await hurryDeletions();
      await waitUntil(async () => (await namesAt(near)).join() === 'passphrase-5,provider-1');
    });

    it('are refused where they are of another kind, or none', async () => {
      for (const objects of [[], [key('provider', '4')], [vaultObjects[0]!]])
        await expect(storage.vaults().replaceKeys({ ...inVault, kind: 'passphrase', objects })).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
        });
    });

    const hurryDeletions = () =>
      storage.database().inTenant(ours, (tx) =>
        tx
          .updateTable('deletions_due')
          .set({ not_before: new Date(0) })
          .execute(),
      );
  });

  describe('a vault that lies at a destination', () => {
    const lost = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
    const generationNote = { name: generationNoteName(2), content: Buffer.from('sealed note') };
    const adoption = { ...lost, destinationIds: [near], generation: 2, generationNote, objects: [] };

    it('is found by its prefix or among all, with its key objects, whoever’s it is', async () => {
      await storage.vaults().createVault({ ...lost, destinationIds: [near], objects: vaultObjects });
      const look = { tenantId: ours, destinationId: near, pageToken: '' };
      const one = await storage.vaults().lookForVaults({ ...look, vaultId: lost.vaultId });
      const prefix = vaultPrefix(ours, lost.vaultId);
      expect(one.vaults).toEqual([
        { prefix, header: vaultObjects[0]!.content, keys: [vaultObjects[1]], generations: [] },
      ]);
      const all = await storage.vaults().lookForVaults({ ...look, vaultId: '' });
      expect(all.vaults.map((vault) => vault.prefix)).toContain(prefix);
      const none = await storage.vaults().lookForVaults({ ...look, vaultId: randomUUID() });
      expect(none.vaults).toEqual([]);
    });

    it('has each generation opened once', async () => {
      for (let times = 0; times < 2; times += 1) await storage.vaults().adoptVault(adoption);
      const other = { ...generationNote, content: Buffer.from('of another rebuild') };
      await expect(storage.vaults().adoptVault({ ...adoption, generationNote: other })).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
      });
      const row = await storage
        .database()
        .inTenant(ours, (tx) =>
          tx.selectFrom('vaults').select('generation').where('vault_id', '=', lost.vaultId).executeTakeFirst(),
        );
      expect(row).toEqual({ generation: 2 });
    });

    it('without a snapshot says so', async () => {
      const survey = { ...lost, destinationId: near, indexKey: Buffer.from(keys.indexKey), keyBits: 256 };
      expect(await storage.vaults().surveyVault(survey)).toEqual({
        newestJobStartedAtMs: 0,
        resourcesLookedAt: 0,
        isEveryResource: true,
      });
    });
  });
}
