import { describe, expect, it } from '@jest/globals';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { useProtectedTenant } from './protected-tenant.suite.js';

const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
const { clock, start, folder } = useProtectedTenant();

/** Unless told otherwise nobody copies from one destination to the next by itself. */
const protectedTenant = (destinations: readonly string[], settings: Readonly<Record<string, string>> = {}) =>
  start({
    messages: 60,
    files: 20,
    destinations,
    settings: { CHECKPOINT_EVERY: '5', DESTINATION_PATIENCE: '2s', CATCH_UP_INTERVAL: '1h', ...settings },
  });

/** Takes the folder away once it holds backup data. */
async function loseInMidJob(name: string, least = 3): Promise<void> {
  const packs = () =>
    readdir(join(folder(), name), { recursive: true }).then((all) => all.filter((it) => it.includes('packs/')));
  while ((await packs()).length < least) await clock.sleep(10);
  await rename(join(folder(), name), join(folder(), `${name}-lost`));
}

describe('a destination that goes down in the middle of the first job', () => {
  it('is done without: the job ends well at the other, and says so', async () => {
    const { api, tenantId, set } = await protectedTenant(['near', 'far']);
    const { jobId } = await api.startBackup(tenantId, set);
    await loseInMidJob('near');
    const job = await api.ended(tenantId, jobId, WITHIN_MS);
    const tasks = await api.tasks(tenantId, jobId);
    expect(tasks.filter(({ state }) => !WELL.test(state))).toEqual([]);
    expect(job.state).toMatch(WELL);
    const report = await api.jobReport(tenantId, jobId);
    expect(report).toMatchObject({ owed: { items: 0 }, unexplained: 0 });
    const again = await api.startBackup(tenantId, set, { fullCheck: true });
    expect((await api.ended(tenantId, again.jobId, WITHIN_MS)).state).toMatch(WELL);
    expect((await api.jobReport(tenantId, again.jobId)).newItems.items).toBe(0);
  }, 300_000);

  it('is told to the job while it runs, and stays in its report', async () => {
    const { api, tenantId, set, destinationIds } = await protectedTenant(['near', 'far'], {
      ...{ CATCH_UP_INTERVAL: '50ms', SWEEP_INTERVAL: '50ms' },
    });
    const { jobId } = await api.startBackup(tenantId, set);
    await loseInMidJob('far', 1);
    let isTold = false;
    for (let job = await api.job(tenantId, jobId); !isTold; job = await api.job(tenantId, jobId)) {
      isTold = job.warnings.some((warning) => warning.includes(destinationIds[1]!));
      if (!isTold) expect(job.state).toBe('running');
    }
    const job = await api.ended(tenantId, jobId, WITHIN_MS);
    expect(job).toMatchObject({
      state: 'completed-with-warnings',
      warnings: [expect.stringContaining('did not answer')],
    });
    const reported = async () => (await api.jobReport(tenantId, jobId)).warnings;
    while ((await reported()).length === 0) await clock.sleep(50);
    expect(await reported()).toEqual(job.warnings);
    await rename(join(folder(), 'far-lost'), join(folder(), 'far'));
  }, 300_000);

  it('is waited for where it is the only one, and the job goes on when it is back', async () => {
    const { api, tenantId, set, destinationIds } = await protectedTenant(['only']);
    const { jobId } = await api.startBackup(tenantId, set);
    await loseInMidJob('only');
    const waiting = async () =>
      (await api.tasks(tenantId, jobId)).find(({ lastErrorCode }) => lastErrorCode === 'STORE_UNAVAILABLE');
    while (!(await waiting())) await clock.sleep(100);
    expect((await waiting())?.lastErrorMessage).toContain(destinationIds[0]);
    await rename(join(folder(), 'only-lost'), join(folder(), 'only'));
    expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
    expect(await api.jobReport(tenantId, jobId)).toMatchObject({ owed: { items: 0 }, unexplained: 0 });
  }, 300_000);

  it('is told to a restore that reads from it, and to a check, which go on at the other', async () => {
    const settings = { CATCH_UP_INTERVAL: '50ms', SWEEP_INTERVAL: '50ms' };
    const { api, tenantId, set, vaultId, destinationIds, control, directoryId } = await protectedTenant(
      ['near', 'far'],
      settings,
    );
    const { jobId } = await api.startBackup(tenantId, set);
    expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
    const behind = async () =>
      (await api.vault(tenantId, vaultId)).statistics.destinations.some(({ packsBehind }) => packsBehind > 0);
    while (await behind()) await clock.sleep(50);
    await rename(join(folder(), 'near'), join(folder(), 'near-lost'));
    await control.destroy(directoryId, { seed: 3, share: 0.5 });
    const sources = (await api.snapshotsAsOf(tenantId, jobId)).map(({ resourceId }) => ({ resourceId }));
    const plan = await api.createPlan(tenantId, { from: { jobId }, sources, policy: 'overwrite' });
    const told = expect.stringContaining(`Destination ${destinationIds[0]!} did not answer`);
    const restore = () => api.performPlan(tenantId, plan.planId);
    const check = () => api.startCheck(tenantId, vaultId, { mode: 'deep' });
    for (const [start, end] of [
      [restore, /^completed-with-warnings$/],
      [check, /^(completed-with-warnings|incomplete|completed-with-errors)$/],
    ] as const) {
      const { jobId: begun } = await start();
      const job = await api.ended(tenantId, begun, WITHIN_MS);
      expect([job.state, job.warnings]).toEqual([expect.stringMatching(end), [told]]);
      const reported = async () => (await api.jobReport(tenantId, begun)).warnings;
      while ((await reported()).length === 0) await clock.sleep(50);
      expect(await reported()).toEqual(job.warnings);
    }
    await rename(join(folder(), 'near-lost'), join(folder(), 'near'));
  }, 300_000);
});
