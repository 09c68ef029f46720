import { expect, it } from '@jest/globals';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { contentsBelow, filesBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
/** Commits often, so that there are many packs; what is freed goes at once. */
const SETTINGS = {
  CHECKPOINT_EVERY: '5',
  CATCH_UP_INTERVAL: '100ms',
  FREEING_READERS_REST: '0s',
  FREEING_DELETION_REST: '0s',
};
const { clock, start, folder } = useProtectedTenant();

/** Packs of a branch: the tenth byte of a pack says which (docs/format/v1.md#packs). */
async function packsOf(branch: 'data' | 'meta'): Promise<string[]> {
  const packs = (await filesBelow(join(folder(), 'only'))).filter((file) => file.includes('/packs/')).sort();
  const first = await Promise.all(packs.map(async (pack) => (await readFile(pack))[9]));
  return packs.filter((_, at) => first[at] === (branch === 'data' ? 0 : 1));
}

async function flipAll(file: string): Promise<void> {
  await writeFile(
    file,
    (await readFile(file)).map((byte) => byte ^ 1),
  );
}

/** All chunks of the pack stay as they are. */
async function flipLast(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(file, bytes);
}

async function protectedBy(messages: number, files: number) {
  const tenant = await start({ messages, files, destinations: ['only'], settings: SETTINGS });
  const { api, tenantId, set, vaultId, keyText } = tenant;
  const key = join(folder(), 'key');
  await writeFile(key, `${keyText}\n`);
  const ended = async ({ jobId }: { readonly jobId: string }) => api.ended(tenantId, jobId, WITHIN_MS);
  const backUp = async () => {
    const { jobId, state } = await ended(await api.startBackup(tenantId, set));
    expect(state).toMatch(WELL);
    return api.jobReport(tenantId, jobId);
  };
  const check = async () => {
    const job = await ended(await api.startCheck(tenantId, vaultId, { mode: 'deep' }));
    const { housekeeping } = await api.jobReport(tenantId, job.jobId);
    return { state: job.state, counts: new Map(housekeeping.map(({ cause, items }) => [cause, items])) };
  };
  const findings = async (state: string) =>
    (await api.findings(tenantId, vaultId)).filter((one) => one.state === state).map(({ object }) => basename(object));
  /** Frees what nothing needs, and waits until it is gone from the destination. */
  const freed = async () => {
    expect((await ended(await api.startFreeing(tenantId, set))).state).toMatch(WELL);
    for (let tries = 0; (await api.freeingReport(tenantId, set)).waitingObjects > 0; tries += 1) {
      if (tries === 300) throw new Error('what is freed is not gone after thirty seconds');
      await clock.sleep(100);
    }
  };
  const affected = () => api.affectedItems(tenantId, vaultId);
  let restores = 0;
  /** Damaged packs that still lie there are told of by the exit code. */
  const restored = async (expected = 0) => {
    const to = join(folder(), `restored-${(restores += 1)}`);
    const from = ['--folder', join(folder(), 'only'), '--vault-key-file', key];
    expect((await holdfast('vault', 'restore', ...from, '--to', to)).code).toBe(expected);
    return contentsBelow(to);
  };
  return { ...tenant, backUp, check, findings, freed, affected, restored };
}

it('names the items of lost packs, and has unchanged ones read anew from Microsoft; others stay named', async () => {
  const { control, directoryId, ...vault } = await protectedBy(60, 40);
  await vault.backUp();
  const before = await vault.restored();
  const [flipped, cut, gone] = (await packsOf('data')) as [string, string, string];
  await flipAll(flipped);
  await truncate(cut, 50);
  await rm(gone);

  const found = await vault.check();
  expect(found.state).toBe('completed-with-errors');
  const lost = [flipped, cut, gone].map((pack) => basename(pack));
  expect((await vault.findings('quarantined')).sort()).toEqual(lost.sort());
  const named = await vault.affected();
  expect(named.length).toBeGreaterThan(2);
  expect(named.length).toBeLessThan(200);
  expect(found.counts.get('itemsAffected')).toBe(named.length);
  expect(found.counts.get('itemsDue')).toBe(named.length);
  for (const { itemId, kind, path, since, until, state } of named) {
    expect([itemId === '', kind === '', path.length > 0]).toEqual([false, false, true]);
    expect([since.number, until, state]).toEqual([1, undefined, 'due']);
  }

  await vault.backUp();
  expect(new Set((await vault.affected()).map(({ state }) => state))).toEqual(new Set(['read']));
  const mended = await vault.check();
  expect(mended.state).toBe('completed-with-warnings');
  expect(mended.counts.get('itemsAffected')).toBe(0);
  expect((await vault.findings('mended')).sort()).toEqual(lost.sort());
  expect(await vault.affected()).toEqual([]);
  await vault.freed();
  expect((await vault.check()).state).toBe('completed');
  expect(await vault.restored()).toEqual(before);

  for (const pack of await packsOf('data')) await flipAll(pack);
  await control.destroy(directoryId, { seed: 5, share: 0.4 });
  await vault.check();
  const all = await vault.affected();
  await vault.backUp();
  const left = await vault.check();
  expect(left.state).toBe('completed-with-errors');
  const past = await vault.affected();
  expect(past.length).toBeGreaterThan(0);
  expect(past.length).toBeLessThan(all.length);
  for (const { state, until } of past) expect([state, until?.number]).toEqual(['past', 2]);
  expect(left.counts.get('itemsDue')).toBe(0);
  expect(left.counts.get('objectsQuarantined')).toBe((await vault.findings('quarantined')).length);
}, 300_000);

it('reads a resource anew as a whole where its listing is lost, and its newest state restores', async () => {
  const vault = await protectedBy(30, 20);
  await vault.backUp();
  const before = await vault.restored();
  for (const pack of await packsOf('meta')) await flipAll(pack);
  const found = await vault.check();
  expect(found.state).toBe('completed-with-errors');
  expect(found.counts.get('resourcesDue')).toBe(4);
  expect((await vault.affected()).map(({ itemId, state }) => [itemId, state])).toEqual(
    Array.from({ length: 4 }, () => ['', 'due']),
  );
  await vault.backUp();
  const mended = await vault.check();
  expect(mended.counts.get('resourcesDue')).toBe(0);
  for (const { state } of await vault.affected()) expect(state).toBe('past');
  expect(await vault.restored(1)).toEqual(before);
}, 300_000);

it('stores anew from the vault what is listed in damaged packs and can be read there, and asks Microsoft for no item', async () => {
  const vault = await protectedBy(30, 20);
  await vault.backUp();
  const before = await vault.restored();
  const damaged = await packsOf('meta');
  for (const pack of damaged) await flipLast(pack);
  const found = await vault.check();
  expect(found.state).toBe('completed-with-errors');
  expect([found.counts.get('resourcesDue'), (await vault.findings('quarantined')).length]).toEqual([4, damaged.length]);

  expect((await vault.backUp()).originalBytes).toBe(0);
  expect((await vault.check()).counts.get('resourcesDue')).toBe(0);
  expect(await vault.affected()).toEqual([]);
  await vault.freed();
  expect((await vault.check()).state).toBe('completed');
  expect(await vault.restored()).toEqual(before);
}, 300_000);
