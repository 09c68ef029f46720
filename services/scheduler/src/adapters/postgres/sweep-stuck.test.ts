import { parseJobId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import type { Directory } from '../../app/directory.port.js';
import { StartBackup } from '../../app/start-backup.js';
import type { VaultHealth } from '../../app/vault-health.port.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresDeletions } from './postgres-deletions.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresRetentionPast } from './postgres-retention-past.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const database = useSchedulerDatabase();
const directory = { async *accounts() {} } as unknown as Directory;
const health = { warnings: async () => [] } as unknown as VaultHealth;

const newSet = (tenant: ReturnType<typeof parseTenantId>) =>
  new PostgresBackupSets(database()).create(tenant, {
    displayName: 'All',
    vaultId: parseVaultId(randomUUID()),
    timeZone: 'UTC',
    retention: {},
    retentionRuns: 'on-request',
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
  });

it('goes on with every job that a dead process left open, whatever became of the set of one', async () => {
  const sets = new PostgresBackupSets(database());
  const jobs = new PostgresJobs(database());
  const [theirs, ours] = [parseTenantId(randomUUID()), parseTenantId(randomUUID())];
  const [theirSet, ourSet] = [await newSet(theirs), await newSet(ours)];
  const start = async (tenant: typeof ours, { backupSetId, vaultId }: typeof ourSet) => {
    const jobId = parseJobId(randomUUID());
    const job = { kind: 'backup', backupSetId, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false } as const;
    await jobs.open(tenant, { ...job, jobId });
    return jobId;
  };
  // As a start left it that did not keep the set from being deleted.
  const lost = await start(theirs, theirSet);
  await database().inTenant(theirs, (tx) => sql`delete from backup_sets`.execute(tx));
  const jobId = await start(ours, ourSet);
  for (const tenant of [theirs, ours])
    await database().inTenant(tenant, (tx) => sql`update jobs set touched_at = now() - interval '1 hour'`.execute(tx));
  await new StartBackup(
    sets,
    jobs,
    directory,
    new PostgresDeletions(database()),
    health,
    new PostgresRetentionPast(database()),
  ).resumeLeftOpen(120_000);
  // It protects nobody, and warns of that.
  expect((await jobs.get(ours, jobId)).state).toBe('completed-with-warnings');
  const warnings = [`There is no backup set ${theirSet.backupSetId}.`];
  expect(await jobs.get(theirs, lost)).toMatchObject({ state: 'failed', warnings });
});

it('starts no backup of a set that was deleted a moment ago', async () => {
  const sets = new PostgresBackupSets(database());
  const tenant = parseTenantId(randomUUID());
  const { backupSetId } = await newSet(tenant);
  const deletions = new PostgresDeletions(database());
  deletions.running = async () => {
    await sets.delete(tenant, backupSetId);
    return undefined;
  };
  const start = new StartBackup(
    sets,
    new PostgresJobs(database()),
    directory,
    deletions,
    health,
    new PostgresRetentionPast(database()),
  );
  await expect(start.run(tenant, backupSetId, { fullCheck: false })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('deletes no set whose backup begins at the same moment', async () => {
  const sets = new PostgresBackupSets(database());
  const jobs = new PostgresJobs(database());
  const tenant = parseTenantId(randomUUID());
  for (let round = 0; round < 10; round += 1) {
    const { backupSetId, vaultId } = await newSet(tenant);
    const job = { kind: 'backup', backupSetId, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false } as const;
    const jobId = parseJobId(randomUUID());
    const [opened, deleted] = await Promise.allSettled([
      jobs.open(tenant, { ...job, jobId }),
      sets.delete(tenant, backupSetId),
    ]);
    expect([opened.status, deleted.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  }
});
