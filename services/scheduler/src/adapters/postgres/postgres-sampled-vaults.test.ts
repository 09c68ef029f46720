import { AppError, SystemClock, parseTenantId, parseVaultId, type TenantId, type VaultId } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { startTestPostgres, MovableClock, type TestPostgres } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { jobOfTurn } from '../../app/job-of-turn.js';
import { StartCheck } from '../../app/start-check.js';
import { StartHousekeeping } from '../../app/start-housekeeping.js';
import { StartSamples } from '../../app/start-samples.js';
import { Vaults } from '../../app/vaults.port.js';
import { sampleTurn } from '../../domain/sample-turn.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresSampledVaults } from './postgres-sampled-vaults.js';
import { openSchedulerDatabase, type SchedulerTables } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const DAY_MS = 86_400_000;
/** Sets are made by the database's clock. */
const now = new SystemClock().now();
const later = () => new MovableClock(now + 3 * DAY_MS);

let server: TestPostgres;
let database: SchedulerTables;
beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  database = await openSchedulerDatabase(server);
});
afterEach(() => database.close());

class KnownVaults extends Vaults {
  readonly missing = new Set<VaultId>();
  override async require(_tenant: TenantId, vault: VaultId): Promise<void> {
    if (this.missing.has(vault)) throw new AppError('NOT_FOUND', 'There is no such vault.');
  }
}

/** A scheduler's part of it: all that a restarted one has is the database. */
function scheduler(clock: MovableClock, { days = 30, vaults = new KnownVaults() } = {}) {
  const startCheck = new StartCheck(new PostgresJobs(database), vaults);
  return new StartSamples(new PostgresSampledVaults(database), startCheck, { days }, clock, new SilentLogger());
}

async function newVault(tenant: TenantId, sets = 1): Promise<VaultId> {
  const vaultId = parseVaultId(randomUUID());
  for (let set = 0; set < sets; set += 1)
    await new PostgresBackupSets(database).create(tenant, {
      displayName: 'All',
      vaultId,
      timeZone: 'Europe/Vienna',
      retention: {},
      retentionRuns: 'on-request',
      source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
    });
  return vaultId;
}

const checksOf = async (tenant: TenantId) => {
  const { rows } = await new PostgresJobs(database).list(tenant, undefined, { size: 100 });
  return rows.filter(({ kind }) => kind === 'check');
};

/** As if its task had been finished. */
async function end(tenant: TenantId): Promise<void> {
  const jobs = new PostgresJobs(database);
  for (const { jobId, state } of await checksOf(tenant)) if (state === 'running') await jobs.requestStop(tenant, jobId);
}

describe('StartSamples', () => {
  it('starts one sample a day of each vault that a set uses, in restarted and in several schedulers too', async () => {
    const vaults = [await newVault(ours), await newVault(ours, 3), await newVault(theirs)];
    const clock = later();
    const started = await Promise.all([scheduler(clock).run(), scheduler(clock).run(), scheduler(clock).run()]);
    expect(Math.max(...started)).toBeLessThanOrEqual(3);
    const checks = [...(await checksOf(ours)), ...(await checksOf(theirs))];
    expect(checks.map(({ vaultId }) => vaultId).sort()).toEqual(vaults.sort());
    for (const { state, tasksTotal, termsJson } of checks) {
      expect([state, tasksTotal]).toEqual(['running', 1]);
      expect(JSON.parse(termsJson ?? '')).toEqual({ mode: 'sample', days: 30 });
    }
    await end(ours);
    await end(theirs);
    expect(await scheduler(clock).run()).toBe(0);
    for (let hour = 0; hour < 24; hour += 1) {
      await clock.advance(DAY_MS / 24);
      await scheduler(clock).run();
      await end(ours);
      await end(theirs);
    }
    expect([await checksOf(ours), await checksOf(theirs)].map(({ length }) => length)).toEqual([4, 2]);
  });

  it('starts none while a check of the vault runs, and makes up for it afterwards', async () => {
    const vaultId = await newVault(ours);
    const clock = later();
    await new StartCheck(new PostgresJobs(database), new KnownVaults()).run(ours, vaultId, { mode: 'deep' });
    expect(await scheduler(clock).run()).toBe(0);
    await end(ours);
    expect(await scheduler(clock).run()).toBe(1);
  });

  it('starts none on the first day of a vault, and none at all when it is off', async () => {
    await newVault(ours);
    expect(await scheduler(new MovableClock(now)).run()).toBe(0);
    expect(await scheduler(later(), { days: 0 }).run()).toBe(0);
    expect(await checksOf(ours)).toEqual([]);
  });

  it('lets one vault that cannot be checked keep no other from it', async () => {
    const [one, other] = [await newVault(ours), await newVault(ours)];
    const vaults = new KnownVaults();
    vaults.missing.add(one);
    expect(await scheduler(later(), { vaults }).run()).toBe(1);
    expect((await checksOf(ours)).map(({ vaultId }) => vaultId)).toEqual([other]);
  });

  it('gives a job its task that a dying scheduler left without one, by the next round and by the sweep', async () => {
    const vaultId = await newVault(ours);
    const clock = later();
    const jobs = new PostgresJobs(database);
    const jobId = jobOfTurn(vaultId, sampleTurn({ vaultId, knownSinceMs: 0 }, clock.now()) ?? 0);
    const job = { jobId, kind: 'check', vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false } as const;
    await jobs.open(ours, { ...job, termsJson: '{"mode":"sample","days":30}' });
    expect(await scheduler(clock).run()).toBe(1);
    expect(await checksOf(ours)).toMatchObject([{ jobId, tasksTotal: 1 }]);
    await end(ours);

    await jobs.open(ours, { ...job, jobId: jobOfTurn(vaultId, 0), termsJson: '{}' });
    await new StartHousekeeping(new PostgresBackupSets(database), jobs).resumeLeftOpen(0);
    expect(await checksOf(ours)).toHaveLength(2);
    for (const { tasksTotal } of await checksOf(ours)) expect(tasksTotal).toBe(1);
  });
});
