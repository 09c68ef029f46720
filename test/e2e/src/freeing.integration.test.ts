import { expect, it } from '@jest/globals';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentsBelow, filesBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
const AT_ONCE = { FREEING_READERS_REST: '0s', FREEING_DELETION_REST: '0s', CATCH_UP_INTERVAL: '100ms' };
const { clock, start, folder } = useProtectedTenant();

async function bytesBelow(root: string): Promise<number> {
  const sizes = await Promise.all((await filesBelow(root)).map((file) => stat(file)));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

async function packsBelow(root: string): Promise<ReadonlySet<string>> {
  const packs = (await filesBelow(root)).filter((file) => file.includes('/packs/'));
  expect(packs).not.toHaveLength(0);
  return new Set(packs);
}

it('frees what retention let go at each destination, and every kept state restores as it was before', async () => {
  const tenant = await start({ messages: 40, files: 30, destinations: ['first', 'second'], settings: AT_ONCE });
  const { api, tenantId, set, keyText, control, directoryId } = tenant;
  const endedWell = async ({ jobId }: { readonly jobId: string }) => {
    const { state } = await api.ended(tenantId, jobId, WITHIN_MS);
    expect(state).toMatch(WELL);
    return jobId;
  };
  const key = join(folder(), 'key');
  await writeFile(key, `${keyText}\n`);
  let restores = 0;
  const restored = async (destination: string, asOf: string) => {
    const to = join(folder(), `restored-${(restores += 1)}`);
    const from = ['--folder', join(folder(), destination), '--vault-key-file', key];
    const { code } = await holdfast('vault', 'restore', ...from, '--as-of', asOf, '--to', to);
    expect(code).toBe(0);
    const contents = await contentsBelow(to);
    await rm(to, { recursive: true });
    return contents;
  };
  const isCopied = async () => {
    const [one, other] = await Promise.all(['first', 'second'].map((name) => bytesBelow(join(folder(), name))));
    return Math.abs(one! - other!) < 4096;
  };
  const until = async (isTrue: () => Promise<boolean>) => {
    for (let tries = 0; !(await isTrue()); tries += 1) {
      if (tries === 300) throw new Error('it did not come true within thirty seconds');
      await clock.sleep(100);
    }
  };

  const states: string[] = [];
  for (let seed = 1; seed <= 4; seed += 1) {
    await endedWell(await api.startBackup(tenantId, set));
    states.push(new Date().toISOString());
    await control.destroy(directoryId, { seed, share: 0.4 });
  }
  await until(isCopied);
  const before = await Promise.all(states.slice(2).map((asOf) => restored('first', asOf)));
  const bytesBefore = await bytesBelow(join(folder(), 'first'));
  const packsBefore = await packsBelow(join(folder(), 'first'));

  const { version, displayName, source, timeZone } = await api.backupSet(tenantId, set);
  await api.changeSet(tenantId, set, {
    version,
    displayName,
    source,
    timeZone,
    retention: { jobs: 2 },
    retentionRuns: 'on-request',
  });
  await endedWell(await api.startRetention(tenantId, set));
  const went = async () =>
    (await api.retentionVerdicts(tenantId, set)).filter(({ wentAtMs }) => wentAtMs !== undefined);
  const gone = (await went()).length;
  expect(gone).toBeGreaterThan(0);

  const tried = await api.jobReport(tenantId, await endedWell(await api.startFreeing(tenantId, set, { dryRun: true })));
  const wouldDo = new Map(tried.housekeeping.map(({ cause, items }) => [cause, items]));
  expect(wouldDo.get('packsToRepack')).toBeGreaterThan(0);
  expect(wouldDo.get('bytesToFree')).toBeGreaterThan(0);
  const said = await api.freeingReport(tenantId, set);
  expect(said).toMatchObject({ dryRun: true, waitingObjects: 0 });
  expect(said.shares.map(({ verdict }) => verdict)).toContain('repack');
  // Packs alone: the notes of the jobs that run here reach the destination when their round comes.
  expect(await packsBelow(join(folder(), 'first'))).toEqual(packsBefore);

  const report = await api.jobReport(tenantId, await endedWell(await api.startFreeing(tenantId, set)));
  const done = new Map(report.housekeeping.map(({ cause, items }) => [cause, items]));
  expect(done.get('snapshotsMarked')).toBe(2 * 4);
  expect(done.get('bytesFreed')).toBeGreaterThan(0);
  await until(async () => (await api.freeingReport(tenantId, set)).waitingObjects === 0);
  await until(async () => (await went()).length === 0);
  await until(isCopied);

  expect(await bytesBelow(join(folder(), 'first'))).toBeLessThan(bytesBefore);
  for (const destination of ['first', 'second'])
    for (const [at, asOf] of states.slice(2).entries()) expect(await restored(destination, asOf)).toEqual(before[at]);
  const again = await api.jobReport(tenantId, await endedWell(await api.startFreeing(tenantId, set)));
  expect(again.housekeeping).toContainEqual({ cause: 'packsFreed', items: 0 });
  await endedWell(await api.startBackup(tenantId, set));
}, 300_000);
