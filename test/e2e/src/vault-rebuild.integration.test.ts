import type { HoldfastApi } from '@holdfast/demo';
import { expect, it } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useProtectedTenant } from './protected-tenant.suite.js';
import { endedWell, restoreEverything } from './restore-everything.suite.js';

const { start, folder } = useProtectedTenant();

type Tenant = Awaited<ReturnType<typeof start>>;

/** A backup, and what it asked of Microsoft. */
async function backUp(api: HoldfastApi, { tenantId, set, control }: Tenant) {
  const before = await control.requestCount();
  const { jobId } = await endedWell(api, tenantId, (await api.startBackup(tenantId, set)).jobId);
  return { jobId, requests: (await control.requestCount()) - before, report: await api.jobReport(tenantId, jobId) };
}

/** An installation that knows nothing but the tenant, the place and the key. */
async function installAnew(tenant: Tenant, name: string) {
  const { tenantId, registration, install, keyText } = tenant;
  const { api, stop } = await install(name);
  await api.createTenant({ ...registration, tenantId });
  const { destinationId } = await api.createFolderDestination(tenantId, join(folder(), 'backups'));
  const wanted = { destinationIds: [destinationId], secret: { kind: 'key', keys: [keyText] } };
  return { api, stop, wanted };
}

async function rebuild({ api, wanted }: { readonly api: HoldfastApi; readonly wanted: object }, tenantId: string) {
  const begun = await api.rebuildVault(tenantId, wanted);
  const job = await endedWell(api, tenantId, begun.job!.jobId);
  const { housekeeping } = await api.jobReport(tenantId, job.jobId);
  return new Map(housekeeping.map(({ cause, items }) => [cause, items]));
}

/** What a vault's notes are waited for: they are kept a moment after what they tell of, and a quarter of a minute later where that failed. */
async function waitForNotes(jobs: number, setVersion = 1): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const names = await readdir(join(folder(), 'backups'), { recursive: true });
    const told = names.filter((name) => /\/jobs\/[0-9a-f]{32}-000000$/.test(name)).length;
    // A version that was changed at once is never told of.
    const versions = names.map((name) => Number(/\/sets\/[0-9a-f]{32}\/\d{8}-(\d{10})$/.exec(name)?.[1] ?? 0));
    if (told >= jobs && Math.max(...versions) >= setVersion) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error('the vault was not told of its set and jobs within a minute');
}

it('brings a vault back into an empty database, while the installation of before goes on as a zombie', async () => {
  const old = await start({ messages: 30, files: 12, destinations: ['backups'], settings: {} });
  const { tenantId, set, vaultId, control, directoryId } = old;
  await backUp(old.api, old);
  await control.live(directoryId, { days: 2, joiners: 0, leavers: 0, seed: 4 });
  const last = await backUp(old.api, old);
  const unchanged = await backUp(old.api, old);
  const [held] = await old.api.accounts(tenantId);
  const heldAccount = { kind: 'account', accountId: held!.accountId };
  await old.api.placeHold(tenantId, { on: heldAccount, reason: 'Case 7' });
  await waitForNotes(3, 2);

  const anew = await installAnew(old, 'anew');
  const look = await anew.api.rebuildVault(tenantId, { ...anew.wanted, lookOnly: true });
  const { startedAtMs } = await old.api.job(tenantId, unchanged.jobId);
  expect(look).toMatchObject({ vaultId, newestJobStartedAtMs: startedAtMs, isEveryResource: true, isKnown: false });
  const wrong = { ...anew.wanted, secret: { kind: 'key', keys: [`${'A'.repeat(43)}=`] } };
  await expect(anew.api.rebuildVault(tenantId, wrong)).rejects.toThrow('opens no vault');
  const { sets, jobs, snapshots, ...gaps } = Object.fromEntries(await rebuild(anew, tenantId));
  expect({ sets, jobs, snapshots }).toEqual({ sets: 1, jobs: 3, snapshots: 3 * 4 });
  expect(gaps).toMatchObject({ packsDamaged: 0, snapshotsDamaged: 0, notesDamaged: 0, setsWithoutDefinition: 0 });

  const { lastJobAtMs: _then, lastJobState: _how, ...definition } = await old.api.backupSet(tenantId, set);
  expect(await anew.api.backupSet(tenantId, set)).toMatchObject({ ...definition, retentionRuns: 'on-request' });
  const deletion = anew.api.requestDeletion(tenantId, set, { of: heldAccount, reason: 'Art. 17' });
  await expect(deletion).rejects.toThrow('A legal hold is on');
  expect(await anew.api.jobs(tenantId, set)).toEqual(await old.api.jobs(tenantId, set));
  expect(await anew.api.snapshots(tenantId, set)).toHaveLength(3 * 4);
  const { state, newItems, storedBytes } = await anew.api.jobReport(tenantId, last.jobId);
  expect({ state, newItems, storedBytes }).toEqual({
    state: last.report.state,
    newItems: last.report.newItems,
    storedBytes: last.report.storedBytes,
  });
  const pattern = { from: { jobId: last.jobId }, pattern: 'e' };
  const found = await anew.api.search(tenantId, pattern);
  expect(found.rows.length).toBeGreaterThan(0);
  expect(found.rows.length).toBe((await old.api.search(tenantId, pattern)).rows.length);

  await control.live(directoryId, { days: 1, joiners: 0, leavers: 0, seed: 5 });
  const zombie = await backUp(old.api, old);
  const increment = await backUp(anew.api, old);
  expect(increment.report.newItems).toEqual(zombie.report.newItems);
  expect(increment.requests).toBeLessThan(zombie.requests * 1.3 + 10);

  // The three from before, the rebuild itself, the zombie's and the increment.
  await waitForNotes(6);
  await old.stop();
  const third = await installAnew(old, 'third');
  await rebuild(third, tenantId);
  const heads = await third.api.snapshotsAsOf(tenantId, increment.jobId);
  expect(heads.map(({ jobId }) => jobId)).toEqual(heads.map(() => increment.jobId));
  const again = await backUp(third.api, old);
  expect(again.report.newItems.items).toBe(0);
  expect(again.requests).toBeLessThan(unchanged.requests * 1.3 + 10);
  await anew.stop();
  await restoreEverything(third.api, old, again.jobId);
}, 600_000);

it('leaves out what is damaged or lies in another place, says how much, and brings back the rest', async () => {
  const old = await start({ messages: 10, files: 6, destinations: ['backups'], settings: {} });
  await backUp(old.api, old);
  await backUp(old.api, old);
  await waitForNotes(2);
  await old.stop();
  const files = (await readdir(join(folder(), 'backups'), { recursive: true })).map((name) =>
    join(folder(), 'backups', name),
  );
  const snapshots = files.filter((name) => /\/snapshots\/.*-\d{10}$/.test(name)).sort();
  const [first, second] = snapshots;
  await writeFile(second!, await readFile(first!));
  const note = files.find((name) => /\/jobs\/[0-9a-f]{32}-\d{6}$/.test(name));
  await writeFile(note!, 'not a note');
  const pack = files.find((name) => /\/packs\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(name))!;
  await writeFile(join(pack, '..', 'f'.repeat(64)), await readFile(pack));

  const anew = await installAnew(old, 'anew');
  const report = await rebuild(anew, old.tenantId);
  expect(Object.fromEntries(report)).toMatchObject({
    packsDamaged: 1,
    snapshotsDamaged: 1,
    notesDamaged: 1,
    sets: 1,
    jobs: 1,
  });
  expect((await anew.api.snapshots(old.tenantId, old.set)).length).toBe(snapshots.length - 1);
  expect((await backUp(anew.api, old)).report.newItems.items).toBe(0);
}, 300_000);

it('brings back that a deletion was done, and not what it removed', async () => {
  const old = await start({ messages: 6, files: 4, destinations: ['backups'], settings: { SWEEP_INTERVAL: '200ms' } });
  const { api, tenantId, set } = old;
  await backUp(api, old);
  await backUp(api, old);
  const [leaver] = await api.accounts(tenantId);
  const isOfLeaver = ({ resourceId }: { readonly resourceId: string }) => resourceId.endsWith(leaver!.accountId);
  const other = await api.asAnotherAdmin(tenantId);
  const wanted = { of: { kind: 'account', accountId: leaver!.accountId }, reason: 'Art. 17' };
  const { deletionId } = (await api.requestDeletion(tenantId, set, wanted)).deletion;
  await api.approveDeletion(tenantId, deletionId);
  await endedWell(api, tenantId, (await other.approveDeletion(tenantId, deletionId)).deletion.jobId!);
  // Two backups and the deletion; the set as it was made, with the approval, and with what was removed.
  await waitForNotes(3, 3);
  const { removed, removedAtMs, approvals } = await api.deletion(tenantId, deletionId);
  await Promise.all([other.close(), old.stop()]);

  const anew = await installAnew(old, 'anew');
  const report = await rebuild(anew, tenantId);
  expect([report.get('snapshotsRemoved'), report.get('snapshots'), report.get('snapshotsIncomplete')]).toEqual([
    4, 4, 0,
  ]);
  const known = await anew.api.snapshots(tenantId, set);
  expect([known.length, known.filter(isOfLeaver)]).toEqual([4, []]);
  const back = await anew.api.deletion(tenantId, deletionId);
  expect(back).toMatchObject({ state: 'removed', removed, removedAtMs, approvals });
  const { jobId } = await backUp(anew.api, old);
  expect((await anew.api.tasks(tenantId, jobId)).filter(isOfLeaver)).toEqual([]);
  for (let tries = 0; (await anew.api.deletion(tenantId, deletionId)).freeing === undefined; tries += 1) {
    expect(tries).toBeLessThan(300);
    await new Promise((done) => setTimeout(done, 200));
  }
}, 300_000);
