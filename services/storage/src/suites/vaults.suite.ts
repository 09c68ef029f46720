import { parseVaultId, SystemClock } from '@holdfast/kernel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PostgresObjectLocks } from '../adapters/postgres/postgres-object-locks.js';
import { far, near, ours } from '../adapters/postgres/test-database.suite.js';
import { inVault, vault, vaultObjects, waitUntil, type StorageUnderTest } from './storage-under-test.suite.js';

const HOUR_MS = 3_600_000;

/** What storage promises about vaults and destinations themselves. */
export function describeVaults(storage: StorageUnderTest): void {
  describe('vaults and destinations', () => {
    // What one test leaves undone is not the others' trouble.
    afterEach(() => storage.directory.down.clear());

    it('writes a new vault to its first destination, twice if asked twice, and brings the other up to date', async () => {
      const request = { ...inVault, destinationIds: [near, far], objects: vaultObjects };
      await storage.vaults().createVault(request);
      await storage.vaults().createVault(request);
      const [first, second] = await Promise.all([near, far].map((id) => storage.directory.open(ours, vault, id)));
      expect(await buffer(await first!.get('header'))).toEqual(vaultObjects[0]!.content);
      await waitUntil(async () => (await Array.fromAsync(second!.list(''))).length === 2);
      expect(await buffer(await second!.get('header'))).toEqual(vaultObjects[0]!.content);
    });

    it('takes back a vault that holds nothing, and none that does', async () => {
      const unused = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
      await storage.vaults().createVault({ ...unused, destinationIds: [near], objects: vaultObjects });
      const place = await storage.directory.open(ours, unused.vaultId, near);
      expect(await Array.fromAsync(place.list(''))).toHaveLength(2);
      await storage.vaults().discardVault(unused);
      await storage.vaults().discardVault(unused);
      // A round of the timer may have taken the work off the call's hands.
      await waitUntil(async () => (await Array.fromAsync(place.list(''))).length === 0);
      await expect(storage.vaultsForGateway().getVaultStatistics(unused)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('tells gateway and scheduler where locks cannot be extended, for as long as they cannot', async () => {
      const made = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
      await storage.vaults().createVault({ ...made, destinationIds: [near], objects: vaultObjects });
      const locks = new PostgresObjectLocks(storage.database());
      const place = { ...made, destinationId: near };
      const at = new SystemClock().now();
      // The service looks at new vaults by itself, and a look that is under way takes back what is noted here.
      await locks.rest(place, at + HOUR_MS);
      const told = async () => {
        await locks.noteFailure(place, { at, reason: 'The access key may not lock objects.', isLocking: true });
        const { failures } = await storage.vaultsForGateway().listLockFailures(made);
        const { locks: warnings } = await storage.vaultsForScheduler().listWarnings(made);
        return { failures, warnings };
      };
      let { failures, warnings } = await told();
      await waitUntil(async () => {
        ({ failures, warnings } = await told());
        return failures.length > 0 && warnings.length > 0;
      });
      const message = expect.stringMatching(/may not lock objects\. .*holdfast destination test/);
      expect(failures).toEqual([
        expect.objectContaining({ destinationId: near, sinceMs: at, lastTriedAtMs: at, message }),
      ]);
      expect(warnings).toEqual([message]);
      await locks.rest(place, at);
      expect((await storage.vaultsForGateway().listLockFailures(made)).failures).toEqual([]);
      expect(await storage.vaultsForScheduler().listWarnings(made)).toEqual({ locks: [], destinations: [] });
      await storage.vaults().discardVault(made);
    });

    it('makes a vault where one destination answers, and catches the other up when it does', async () => {
      const made = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
      const request = { ...made, destinationIds: [far, near], objects: vaultObjects };
      storage.directory.down.add(far).add(near);
      await expect(storage.vaults().createVault(request)).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(new RegExp(`${far}.*${near}`)),
      });
      storage.directory.down.delete(near);
      const { unreached } = await storage.vaults().createVault(request);
      expect(unreached).toEqual([{ destinationId: far, message: expect.stringContaining(far) }]);
      storage.directory.down.clear();
      const place = await storage.directory.open(ours, made.vaultId, far);
      await waitUntil(async () => {
        await storage.hurryCopies();
        return (await Array.fromAsync(place.list(''))).length === 2;
      });
      await storage.vaults().discardVault(made);
    });

    it('takes a vault back from a destination that was away when it is back', async () => {
      const unused = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
      await storage.vaults().createVault({ ...unused, destinationIds: [near, far], objects: vaultObjects });
      const places = await Promise.all([near, far].map((id) => storage.directory.open(ours, unused.vaultId, id)));
      const left = async () =>
        (await Promise.all(places.map((place) => Array.fromAsync(place.list(''))))).flat().length;
      await waitUntil(async () => (await left()) === 4);
      storage.directory.down.add(far);
      await storage.vaults().discardVault(unused);
      // A round of the timer may have taken the work off the call's hands.
      await waitUntil(async () => (await left()) === 2);
      storage.directory.down.clear();
      await waitUntil(async () => {
        await storage.database().inTenant(ours, (tx) =>
          tx
            .updateTable('vaults_to_clear')
            .set({ not_before: new Date(0) })
            .execute(),
        );
        return (await left()) === 0;
      });
    });

    it('seeds a destination that a vault is given, and lets go of one when another has all', async () => {
      const made = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
      const places = await Promise.all([near, far].map((id) => storage.directory.open(ours, made.vaultId, id)));
      const namesAt = async (at: 0 | 1) => (await Array.fromAsync(places[at]!.list(''))).map(({ name }) => name);
      const change = (...destinationIds: string[]) => storage.vaults().changeDestinations({ ...made, destinationIds });
      await storage.vaults().createVault({ ...made, destinationIds: [near], objects: vaultObjects });

      storage.directory.down.add(far);
      await expect(change(near, far)).rejects.toMatchObject({ message: expect.stringContaining(far) });
      storage.directory.down.clear();
      await change(far, near);
      await waitUntil(async () => (await namesAt(1)).length === 2);
      await waitUntil(() =>
        change(far).then(
          () => true,
          () => false,
        ),
      );
      const { destinations } = await storage.vaultsForGateway().getVaultStatistics(made);
      expect(destinations.map(({ destinationId }) => destinationId)).toEqual([far]);
      expect(await namesAt(0)).toEqual(await namesAt(1));
      await change(far, near);
      await storage.vaults().discardVault(made);
    });

    it('refuses to take the only copy away', async () => {
      const made = { tenantId: ours, vaultId: parseVaultId(randomUUID()) };
      const change = (...destinationIds: string[]) => storage.vaults().changeDestinations({ ...made, destinationIds });
      await storage.vaults().createVault({ ...made, destinationIds: [near], objects: vaultObjects });
      const refused = { code: 'FAILED_PRECONDITION', message: expect.stringContaining('2 objects') };
      await expect(change(far)).rejects.toMatchObject(refused);
      await expect(change()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(change(near, near)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await change(near);
      await storage.vaults().discardVault(made);
    });

    it('tests a destination in words', async () => {
      const settingsJson = JSON.stringify({ kind: 'folder', path: join(storage.folder, 'nowhere') });
      const request = { tenantId: ours, settingsJson, credentialsJson: '', destinationId: '', vaults: [] };
      const { ok, steps } = await storage.vaults().testDestination(request);
      expect(ok).toBe(false);
      expect(steps[0]).toMatchObject({ name: 'folder', ok: false });
      expect(
        await storage
          .vaults()
          .testDestination({ ...request, settingsJson: '{"kind":"tape"}' })
          .catch((error: unknown) => error),
      ).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    });
  });
}
