import { expect, it } from '@jest/globals';
import { copyFile, cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { contentsBelow, filesBelow, holdfast } from './offline.suite.js';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
/** Nothing but a check mends. */
const SETTINGS = { CHECKPOINT_EVERY: '5', CATCH_UP_INTERVAL: '100ms', SWEEP_INTERVAL: '200ms' };
const { clock, start, folder } = useProtectedTenant();
const at = (name: string) => join(folder(), name);

/** A tenant with two backups, the second after a part of it was destroyed, and a copy of the first folder as it was in between. */
async function backedUpTwice(destinations: readonly string[]) {
  const tenant = await start({ messages: 30, files: 20, destinations, settings: SETTINGS });
  const { api, tenantId, set, keyText, control, directoryId } = tenant;
  const ended = async ({ jobId }: { readonly jobId: string }) => api.ended(tenantId, jobId, WITHIN_MS);
  const key = at('key');
  await writeFile(key, `${keyText}\n`);
  let restores = 0;
  const restored = async (name: string) => {
    const to = at(`restored-${(restores += 1)}`);
    const { code } = await holdfast('vault', 'restore', '--folder', at(name), '--vault-key-file', key, '--to', to);
    return { code, contents: code === 2 ? new Map<string, number>() : await contentsBelow(to) };
  };
  const alike = async () => {
    const lists = await Promise.all(
      destinations.map(async (name) => (await filesBelow(at(name))).map((file) => basename(file)).sort()),
    );
    return lists.every((list) => list.join() === lists[0]!.join());
  };
  const notes = async () => (await filesBelow(at(destinations[0]!))).filter((file) => file.includes('/jobs/')).length;
  /** The note of a job that ended comes a moment later. */
  const settled = async (jobs: number) => {
    for (let tries = 0; (await notes()) < jobs || !(await alike()); tries += 1) {
      if (tries === 300) throw new Error('the destinations are not alike after thirty seconds');
      await clock.sleep(100);
    }
  };
  const backUp = async (jobs: number) => {
    const job = await ended(await api.startBackup(tenantId, set));
    expect(job.state).toMatch(WELL);
    await settled(jobs);
    return job;
  };
  const first = await backUp(1);
  const before = await restored(destinations[0]!);
  await cp(at(destinations[0]!), at('old'), { recursive: true });
  await control.destroy(directoryId, { seed: 3, share: 0.4 });
  const second = await backUp(2);
  const after = await restored(destinations[0]!);
  expect([before.code, after.code]).toEqual([0, 0]);
  expect(after.contents).not.toEqual(before.contents);
  return { ...tenant, ended, restored, settled, first, second, before, after };
}

it('notices that a destination was put back to an old state while the database lives, and mends it', async () => {
  const vault = await backedUpTwice(['near', 'far']);
  const { api, tenantId, vaultId, destinationIds, keyText } = vault;
  const newest = async () => {
    const secret = { kind: 'key', keys: [keyText] };
    const look = { destinationIds: [destinationIds[0]], secret, vaultId, lookOnly: true };
    return (await api.rebuildVault(tenantId, look)).newestJobStartedAtMs;
  };
  expect(await newest()).toBe(vault.second.startedAtMs);
  await rm(at('near'), { recursive: true });
  await cp(at('old'), at('near'), { recursive: true });
  expect(await newest()).toBe(vault.first.startedAtMs);

  const check = await vault.ended(await api.startCheck(tenantId, vaultId));
  expect(check.state).toBe('completed-with-warnings');
  const { housekeeping } = await api.jobReport(tenantId, check.jobId);
  const counts = new Map(housekeeping.map(({ cause, items }) => [cause, items]));
  expect(counts.get('destinationsOld')).toBe(1);
  expect(counts.get('objectsMended')).toBeGreaterThan(4);
  const findings = await api.findings(tenantId, vaultId);
  expect(findings.filter(({ damage }) => damage === 'old-state')).toEqual([
    expect.objectContaining({ object: '', destinationId: destinationIds[0] }),
  ]);
  const lacking = findings.filter(({ damage }) => damage === 'missing').map(({ object }) => object);
  expect(lacking.filter((object) => object.startsWith('snapshots/'))).toHaveLength(4);
  await vault.settled(3);
  expect(await newest()).toBe(vault.second.startedAtMs);
  expect((await vault.restored('near')).contents).toEqual(vault.after.contents);

  // One object alone that is gone is no old state.
  const [gone] = (await filesBelow(at('near'))).filter((file) => file.includes('/packs/'));
  await rm(gone!);
  const again = await vault.ended(await api.startCheck(tenantId, vaultId));
  const report = await api.jobReport(tenantId, again.jobId);
  expect(report.housekeeping).toContainEqual({ cause: 'destinationsOld', items: 0 });
  expect(report.housekeeping).toContainEqual({ cause: 'objectsMended', items: 1 });
}, 300_000);

it('restores no wrong byte, whatever somebody with write access did to objects: swapped, cut, replayed', async () => {
  const { restored, before, after } = await backedUpTwice(['only']);
  const known = new Set([...before.contents.keys(), ...after.contents.keys()]);
  const files = (await filesBelow(at('only'))).sort();
  const packs = files.filter((file) => file.includes('/packs/'));
  const snapshots = files.filter((file) => file.includes('/snapshots/'));
  const chains = Map.groupBy(snapshots, dirname);
  const attacks: Readonly<Record<string, () => Promise<unknown>>> = {
    'the older snapshot under the name of the newer': async () => {
      for (const [older, newer] of chains.values()) await copyFile(older!, newer!);
    },
    'the newer snapshot under the name of the older': async () => {
      for (const [older, newer] of chains.values()) await copyFile(newer!, older!);
    },
    'the snapshot of another resource': async () => {
      const [[one], [other]] = [...chains.values()] as [string[], string[]];
      await copyFile(one!, other!);
    },
    'packs under the names of others': async () => {
      for (const [number, pack] of packs.entries())
        if (number % 3 === 0) await copyFile(packs[(number + 1) % packs.length]!, pack);
    },
    'packs that end early': async () => {
      for (const [number, pack] of packs.entries())
        if (number % 2 === 0) await truncate(pack, (await readFile(pack)).byteLength >> 1);
    },
    'packs with a byte changed': async () => {
      for (const pack of packs) {
        const bytes = await readFile(pack);
        bytes[bytes.byteLength >> 2]! ^= 4;
        await writeFile(pack, bytes);
      }
    },
  };
  await cp(at('only'), at('whole'), { recursive: true });
  for (const [name, attack] of Object.entries(attacks)) {
    await attack();
    const { code, contents } = await restored('only');
    expect([name, code]).toEqual([name, 1]);
    expect([name, [...contents.keys()].filter((hash) => !known.has(hash))]).toEqual([name, []]);
    await rm(at('only'), { recursive: true });
    await cp(at('whole'), at('only'), { recursive: true });
  }
  expect(await restored('only')).toEqual(after);
}, 300_000);
