import {
  closeAll,
  EXTRA,
  FIXED_SWITCHES,
  HoldfastApi,
  readFidelity,
  type RunningSystem,
  startSimulatorProcess,
  temporaryFolder,
} from '@holdfast/demo';
import { type ResourceId, SystemClock } from '@holdfast/kernel';
import { Dice, IN_PEACE, runJob, runRestore, TenantUnderTest } from '@holdfast/oracle';
import { startCluster } from '@holdfast/test-e2e';
import { describeWithServer, missingNats, startTestNats, startTestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { aftermath, type Healing } from './aftermath.js';
import { LeaseBook } from './lease-book.js';

const WITHIN_MS = 120_000;
const SETTINGS = { LEASE: '5s', SWEEP_INTERVAL: '1s', LOOK_INTERVAL: '2s', CRAWLER_WORKERS: '0' };
/** Long enough for what is done at once, and for nothing that waits. */
const SOON_MS = 5_000;

/** As a defect in giving tasks back would have it: nobody takes them up before tomorrow. */
const POSTPONE_TASKS = `
  create or replace function faults.postpone() returns trigger language plpgsql as $$
    begin
      new.not_before := now() + interval '1 day';
      return new;
    end $$;
  create trigger faults_postpone before insert on scheduler.tasks for each row execute function faults.postpone();`;
const TAKE_THEM_UP = `
  drop trigger faults_postpone on scheduler.tasks;
  update scheduler.tasks set not_before = now() where state = 'ready';`;

/** The cluster edition, whole and left in peace. */
async function startInPeace(): Promise<{ readonly system: RunningSystem; readonly healing: Healing }> {
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const simulator = await startSimulatorProcess(folder, 1);
    closers.push(() => simulator.close());
    const postgres = await startTestPostgres();
    closers.push(() => postgres.stop());
    const nats = await startTestNats();
    closers.push(() => nats.stop());
    const databaseUrl = await postgres.createDatabase();
    const { cloudsFile } = simulator;
    const cluster = await startCluster({ databaseUrl, natsUrl: nats.url, cloudsFile, settings: SETTINGS });
    closers.push(() => cluster.stop());
    await cluster.ready();
    const { url, apiKey } = cluster;
    const api = new HoldfastApi(url, apiKey, new SystemClock());
    closers.push(() => api.close());
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const system: RunningSystem = {
      folder,
      backups,
      destination: {},
      url,
      apiKey,
      simulatorUrl: simulator.url,
      api,
      control: simulator.control,
      processIds: [],
      close: () => closeAll(closers),
    };
    return { system, healing: { cluster, book: await LeaseBook.open(databaseUrl) } };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

describeWithServer('the checks after troubles', missingNats(), () => {
  let system: RunningSystem;
  let healing: Healing;
  beforeAll(async () => {
    ({ system, healing } = await startInPeace());
  }, 240_000);
  afterAll(() => system.close(), 60_000);

  async function register(seed: number): Promise<TenantUnderTest> {
    const tenant = await TenantUnderTest.register(system, new Dice(seed), { messages: 12, files: 6 });
    await system.control.setSwitches(tenant.directoryId, FIXED_SWITCHES);
    return tenant;
  }

  it('see an item that was restored twice, and complain of nothing where none was', async () => {
    const tenant = await register(1);
    const { api, control } = system;
    const { directoryId, tenantId } = tenant;
    const was = await tenant.dump();
    const { jobId } = await runJob(tenant, { ...IN_PEACE, name: 'first', withinMs: WITHIN_MS });
    await control.destroy(directoryId, { seed: 1, share: 0.3 });
    const plan = {
      name: 'restore',
      jobId,
      was,
      declared: await readFidelity(),
      hasTroubles: false,
      isTwice: false,
      withinMs: WITHIN_MS,
    };
    expect(await runRestore(tenant, plan)).toEqual([]);

    const onceMore = async (resourceId: ResourceId) => {
      const item = was.find(({ userId, kind, fields }) => {
        const isFile = kind === 'driveItem' && fields['kind'] === 'file';
        return resourceId.endsWith(`.${userId}`) && (resourceId.startsWith('drive.') ? isFile : kind === 'message');
      });
      const sources = [{ resourceId, itemIds: [item?.id] }];
      const { planId } = await api.createPlan(tenantId, { from: { jobId }, sources, targetFolder: 'Once more' });
      const performed = await api.performPlan(tenantId, planId);
      await api.ended(tenantId, performed.jobId, WITHIN_MS);
    };
    const complaints = await runRestore(tenant, { ...plan, sabotage: onceMore });
    const twice = complaints.filter(({ item, saved }) => !item.includes('/folder/') && saved?.startsWith(EXTRA));
    expect(twice.length).toBeGreaterThan(0);
  }, 300_000);

  it('see tasks that are stuck, and complain of nothing once they are done', async () => {
    const tenant = await register(2);
    const { tenantId, setId } = tenant;
    await healing.book.run(POSTPONE_TASKS);
    const { jobId } = await system.api.startBackup(tenantId, setId);
    const stuck = await aftermath(healing, tenantId, SOON_MS);
    expect(stuck).toContain(`job ${jobId} is running`);
    expect(stuck.filter((complaint) => /^(mail|drive)\..* is ready$/.test(complaint)).length).toBeGreaterThan(1);

    await healing.book.run(TAKE_THEM_UP);
    await system.api.ended(tenantId, jobId, WITHIN_MS);
    expect(await aftermath(healing, tenantId)).toEqual([]);
  }, 300_000);
});
