import { CLOUD, closeAll, HoldfastApi, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { startStandalone } from '@holdfast/standalone';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const clock = new SystemClock();
const WITHIN_MS = 120_000;
const WELL = /^completed(-with-warnings)?$/;
const closers: (() => Promise<void>)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  closers.push(() => rm(folder, { recursive: true, force: true }));
});
afterEach(() => closeAll(closers.splice(0)));

/** One process with a tenant and a set whose backups go to these folders, in this order. Nobody copies from one to the next by itself. */
async function protectedTenant(folders: readonly string[]) {
  const simulator = await startSimulatorProcess(folder, 3);
  closers.push(() => simulator.close());
  const running = await startStandalone({
    data: join(folder, 'data'),
    listen: '127.0.0.1:0',
    logLevel: 'error',
    cloudsFile: simulator.cloudsFile,
    settings: { CRAWLER_WORKERS: '0', CHECKPOINT_EVERY: '5', DESTINATION_PATIENCE: '2s', CATCH_UP_INTERVAL: '1h' },
  });
  closers.push(() => running.close());
  const api = new HoldfastApi(running.url, running.apiKey, clock);
  closers.push(() => api.close());
  const {
    tenantId: directoryId,
    clientId,
    clientSecret,
  } = await simulator.control.createTenant({
    users: 2,
    messages: 60,
    files: 20,
    seed: 3,
  });
  const credential = { kind: 'secret', clientSecret };
  const { tenantId } = await api.createTenant({ displayName: 'T', directoryId, clientId, cloud: CLOUD, credential });
  const destinationIds: string[] = [];
  for (const name of folders) {
    await mkdir(join(folder, name));
    destinationIds.push((await api.createFolderDestination(tenantId, join(folder, name))).destinationId);
  }
  const { backupSet } = await api.createSet(tenantId, {
    displayName: 'Everybody',
    destinationIds,
    workloads: ['mail', 'drive'],
  });
  return { api, tenantId, set: backupSet.backupSetId, destinationIds };
}

/** Takes the folder away once it holds backup data. */
async function loseInMidJob(name: string): Promise<void> {
  const packs = () =>
    readdir(join(folder, name), { recursive: true }).then((all) => all.filter((it) => it.includes('packs/')));
  while ((await packs()).length < 3) await clock.sleep(10);
  await rename(join(folder, name), join(folder, `${name}-lost`));
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

  it('is waited for where it is the only one, and the job goes on when it is back', async () => {
    const { api, tenantId, set, destinationIds } = await protectedTenant(['only']);
    const { jobId } = await api.startBackup(tenantId, set);
    await loseInMidJob('only');
    const waiting = async () =>
      (await api.tasks(tenantId, jobId)).find(({ lastErrorCode }) => lastErrorCode === 'STORE_UNAVAILABLE');
    while (!(await waiting())) await clock.sleep(100);
    expect((await waiting())?.lastErrorMessage).toContain(destinationIds[0]);
    await rename(join(folder, 'only-lost'), join(folder, 'only'));
    expect((await api.ended(tenantId, jobId, WITHIN_MS)).state).toMatch(WELL);
    expect(await api.jobReport(tenantId, jobId)).toMatchObject({ owed: { items: 0 }, unexplained: 0 });
  }, 300_000);
});
