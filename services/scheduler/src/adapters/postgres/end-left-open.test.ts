import { parseJobId, parseResourceId, parseTenantId, parseVaultId, type JobId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import type { BackupSet } from '../../app/backup-sets.port.js';
import { DeleteOnRequest } from '../../app/delete-on-request.js';
import type { Directory } from '../../app/directory.port.js';
import { EndLeftOpen } from '../../app/end-left-open.js';
import { StartBackup } from '../../app/start-backup.js';
import { StartRestore } from '../../app/start-restore.js';
import type { VaultHealth } from '../../app/vault-health.port.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresDeletions } from './postgres-deletions.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresLegalHolds } from './postgres-legal-holds.js';
import { PostgresRetentionPast } from './postgres-retention-past.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const ann = parseResourceId('mail.ann');
const LEFT_OPEN_MS = 120_000;
const database = useSchedulerDatabase();

/** The database goes away between two transactions. */
class AwayBeforeTasks extends PostgresJobs {
  override addTasks(): Promise<void> {
    return Promise.reject(new Error('Connection terminated unexpectedly'));
  }
}
class AwayBeforeClose extends PostgresJobs {
  override close(): ReturnType<PostgresJobs['close']> {
    return Promise.reject(new Error('Connection terminated unexpectedly'));
  }
}

/** Three minutes later. */
async function sweep(jobId: JobId): Promise<void> {
  await database().inTenant(ours, (tx) =>
    tx
      .updateTable('jobs')
      .set({ touched_at: sql<Date>`now() - interval '3 minutes'` })
      .where('job_id', '=', jobId)
      .execute(),
  );
  await new EndLeftOpen(new PostgresJobs(database())).run(LEFT_OPEN_MS);
}

/** An approved deletion of an item, whose start breaks off so. */
async function brokenDeletion(broken: PostgresJobs) {
  const { backupSetId } = await new PostgresBackupSets(database()).create(ours, {
    ...{ displayName: 'All', vaultId, timeZone: 'UTC', retention: {}, retentionRuns: 'on-request' },
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
  });
  const deletions = new PostgresDeletions(database());
  const subject = { kind: 'items', resourceId: ann, itemIds: ['m1'] } as const;
  const { deletionId } = await deletions.request(ours, { backupSetId, subject, reason: 'asked', requestedBy: 'ann' });
  for (const by of ['bob', 'cid']) await deletions.approve(ours, deletionId, by);
  const start = (jobs: PostgresJobs) =>
    new DeleteOnRequest(deletions, new PostgresLegalHolds(database()), jobs).start(ours, deletionId);
  await expect(start(broken)).rejects.toThrow('Connection');
  const { job } = await deletions.get(ours, deletionId);
  return { backupSetId, deletionId, jobId: job!.jobId, again: () => start(new PostgresJobs(database())) };
}

function startBackup(set: BackupSet['backupSetId']) {
  const directory = { async *accounts() {} } as unknown as Directory;
  const health: VaultHealth = { warnings: async () => [] };
  const [sets, deletions] = [new PostgresBackupSets(database()), new PostgresDeletions(database())];
  return new StartBackup(
    sets,
    new PostgresJobs(database()),
    directory,
    deletions,
    health,
    new PostgresRetentionPast(database()),
  ).run(ours, set, {
    fullCheck: false,
  });
}

describe('a deletion of items whose start broke off', () => {
  it('is ended in words that say how it is started again, and can be', async () => {
    const { deletionId, jobId, again } = await brokenDeletion(new AwayBeforeTasks(database()));
    await expect(again()).rejects.toThrow('Its job is running');
    await sweep(jobId);
    expect(await new PostgresJobs(database()).get(ours, jobId)).toMatchObject({
      state: 'failed',
      warnings: [expect.stringContaining(`holdfast deletion run ${deletionId}`)],
    });
    expect(await again()).toMatchObject({ kind: 'rewriting', state: 'running', tasksTotal: 1 });
  });

  it('keeps no backup of its set from being started', async () => {
    const { backupSetId, jobId } = await brokenDeletion(new AwayBeforeTasks(database()));
    await expect(startBackup(backupSetId)).rejects.toThrow('being made anew');
    await sweep(jobId);
    await expect(startBackup(backupSetId)).resolves.toMatchObject({ kind: 'backup' });
  });

  it('can be stopped', async () => {
    const { jobId } = await brokenDeletion(new AwayBeforeTasks(database()));
    const jobs = new PostgresJobs(database());
    expect(await jobs.requestStop(ours, jobId)).toMatchObject({ state: 'stopping' });
    await sweep(jobId);
    expect(await jobs.get(ours, jobId)).toMatchObject({ state: 'stopped' });
  });

  it('goes on where it only was not closed', async () => {
    const { jobId } = await brokenDeletion(new AwayBeforeClose(database()));
    await sweep(jobId);
    const jobs = new PostgresJobs(database());
    expect(await jobs.get(ours, jobId)).toMatchObject({ state: 'running', tasksTotal: 1, warnings: [] });
    expect(await jobs.requestStop(ours, jobId)).toMatchObject({ state: 'stopped' });
  });
});

describe('a restore whose start broke off', () => {
  it('is ended, gets no task of a process that comes late, and is performed by a further job', async () => {
    const order = { jobId: parseJobId(randomUUID()), planId: randomUUID(), vaultId, targets: [ann] };
    await expect(new StartRestore(new AwayBeforeTasks(database())).run(ours, order)).rejects.toThrow('Connection');
    await sweep(order.jobId);
    const jobs = new PostgresJobs(database());
    await jobs.addTasks(ours, order.jobId, [ann]);
    expect(await jobs.get(ours, order.jobId)).toMatchObject({
      state: 'failed',
      tasksTotal: 0,
      warnings: [expect.stringContaining(`holdfast restore perform ${order.planId}`)],
    });
    expect(await new StartRestore(jobs).run(ours, order)).toMatchObject({ state: 'running', tasksTotal: 1 });
  });
});
