import { parseResourceId, parseTenantId, parseVaultId, type ResourceId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DeleteOnRequest } from '../../app/delete-on-request.js';
import { StartBackup } from '../../app/start-backup.js';
import type { VaultHealth } from '../../app/vault-health.port.js';
import type { Directory } from '../../app/directory.port.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresDeletions } from './postgres-deletions.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresLegalHolds } from './postgres-legal-holds.js';
import { PostgresRetentionPast } from './postgres-retention-past.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const [annMail, annDrive, bobMail] = ['mail.ann', 'drive.ann', 'mail.bob'].map(parseResourceId) as [
  ResourceId,
  ResourceId,
  ResourceId,
];

const database = useSchedulerDatabase();

/** A tenant of its own with a set of all, and a request to delete all of ann. */
async function fresh() {
  const tenant = parseTenantId(randomUUID());
  const sets = new PostgresBackupSets(database());
  const { backupSetId } = await sets.create(tenant, {
    displayName: 'All',
    vaultId,
    timeZone: 'UTC',
    retention: {},
    retentionRuns: 'on-request',
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail', 'drive'], skipUnlicensed: false },
  });
  const deletions = new PostgresDeletions(database());
  const holds = new PostgresLegalHolds(database());
  const jobs = new PostgresJobs(database());
  const verb = new DeleteOnRequest(deletions, holds, jobs);
  const wanted = {
    ...{ backupSetId, reason: 'Art. 17', requestedBy: 'asker' },
    subject: { kind: 'account', accountId: 'ann' },
  } as const;
  const { deletionId } = (await verb.request(tenant, wanted)).deletion;
  const directory = {
    async *accounts() {
      yield ['ann', 'bob'].map((accountId) => ({ accountId, isLicensed: true, address: accountId }));
    },
  } as unknown as Directory;
  const health = { warnings: async () => [] } satisfies VaultHealth;
  const backUp = async () => {
    const { jobId } = await new StartBackup(
      sets,
      jobs,
      directory,
      deletions,
      health,
      new PostgresRetentionPast(database()),
    ).run(tenant, backupSetId, {
      fullCheck: false,
    });
    const { rows } = await jobs.listTasks(tenant, jobId, { size: 10 });
    return { jobId, resources: rows.map(({ resourceId }) => resourceId) };
  };
  const end = (jobId: string, state: 'completed' | 'failed') =>
    database().inTenant(tenant, (tx) => tx.updateTable('jobs').set({ state }).where('job_id', '=', jobId).execute());
  return { tenant, backupSetId, deletions, holds, jobs, verb, wanted, deletionId, backUp, end };
}

describe('a deletion', () => {
  it('begins with the second approval, and backups leave it out from then on', async () => {
    const { tenant, backupSetId, deletions, jobs, verb, deletionId, backUp, end } = await fresh();
    const first = await backUp();
    expect(first.resources).toEqual(expect.arrayContaining([annMail, annDrive]));
    await end(first.jobId, 'completed');
    expect((await verb.approve(tenant, deletionId, 'asker')).deletion.job).toBeUndefined();
    await expect(verb.approve(tenant, deletionId, 'asker')).rejects.toThrow('from somebody else');
    const { deletion, warnings } = await verb.approve(tenant, deletionId, 'other');
    expect([warnings, deletion.approvals.map(({ by }) => by), deletion.job?.state]).toEqual([
      [],
      ['asker', 'other'],
      'running',
    ]);
    const job = await jobs.get(tenant, deletion.job!.jobId);
    expect(JSON.parse(job.termsJson ?? '')).toEqual({ deletionId, resourceIds: [annMail, annDrive] });
    expect((await backUp()).resources).toEqual([parseResourceId('drive.bob'), bobMail]);
    expect(await deletions.excludedAmong(theirs, backupSetId, [annMail])).toEqual(new Set());
    await expect(verb.approve(tenant, deletionId, 'third')).rejects.toThrow('already');
    await expect(deletions.withdraw(tenant, deletionId, 'asker')).rejects.toThrow('withdrawn no more');
    await expect(verb.start(tenant, deletionId)).rejects.toThrow('Its job is running');
  });

  it('waits for a backup that runs, and is started again when it failed', async () => {
    const { tenant, verb, deletionId, backUp, end } = await fresh();
    const { jobId } = await backUp();
    await verb.approve(tenant, deletionId, 'a');
    const { deletion, warnings } = await verb.approve(tenant, deletionId, 'b');
    expect([deletion.job, warnings]).toEqual([
      undefined,
      [expect.stringContaining(`Backup ${jobId} of the set is running`)],
    ]);
    await end(jobId, 'completed');
    const started = await verb.start(tenant, deletionId);
    await end(started.jobId, 'failed');
    const again = await verb.start(tenant, deletionId);
    expect(again.jobId).not.toBe(started.jobId);
    await end(again.jobId, 'completed');
    await expect(verb.start(tenant, deletionId)).rejects.toThrow('has been done');
  });

  it('is neither asked for, approved nor started while a legal hold is on any of it', async () => {
    const { tenant, holds, verb, wanted, deletionId } = await fresh();
    const place = () =>
      holds.place(tenant, { subject: { kind: 'resource', resourceId: annDrive }, reason: 'Case 7', placedBy: 'k' });
    const { holdId } = await place();
    await expect(verb.request(tenant, wanted)).rejects.toThrow(`A legal hold is on ${annDrive}`);
    await expect(verb.approve(tenant, deletionId, 'a')).rejects.toThrow('A legal hold is on');
    await holds.lift(tenant, holdId, 'k');
    await verb.approve(tenant, deletionId, 'a');
    await place();
    await expect(verb.start(tenant, deletionId)).rejects.toThrow('approvals of two persons');
    await expect(verb.approve(tenant, deletionId, 'b')).rejects.toThrow('A legal hold is on');
  });

  it('can be withdrawn, and is then approved no more', async () => {
    const { tenant, deletions, verb, deletionId } = await fresh();
    expect((await deletions.withdraw(tenant, deletionId, 'asker')).withdrawn).toMatchObject({ by: 'asker' });
    expect((await deletions.withdraw(tenant, deletionId, 'other')).withdrawn).toMatchObject({ by: 'asker' });
    await expect(verb.approve(tenant, deletionId, 'a')).rejects.toThrow('already');
  });

  it('warns of a subject that no backup of the set has read', async () => {
    const { tenant, verb, wanted, backUp } = await fresh();
    const warnings = async (of: object) => (await verb.request(tenant, { ...wanted, ...of })).warnings;
    const unknown = [expect.stringContaining('Look whether the id is right')];
    expect(await warnings({})).toEqual(unknown);
    await backUp();
    expect(await warnings({})).toEqual([]);
    expect(await warnings({ subject: { kind: 'resource', resourceId: annDrive } })).toEqual([]);
    expect(await warnings({ subject: { kind: 'account', accountId: 'nobody' } })).toEqual(unknown);
  });

  it('of items has snapshots made anew, and backups read the resource without them', async () => {
    const { tenant, backupSetId, deletions, holds, jobs, verb, wanted, backUp, end } = await fresh();
    await end((await backUp()).jobId, 'completed');
    const subject = { kind: 'items', resourceId: annDrive, itemIds: ['a', 'b'] } as const;
    const { deletion, warnings } = await verb.request(tenant, { ...wanted, subject });
    expect([deletion.subject, warnings]).toEqual([subject, []]);
    const { deletionId } = deletion;
    await verb.approve(tenant, deletionId, 'a');
    expect(await deletions.excludedItems(tenant, backupSetId, annDrive)).toEqual([]);
    const { holdId } = await holds.place(tenant, {
      ...{ subject: { kind: 'resource', resourceId: annDrive }, reason: 'Case 7', placedBy: 'k' },
    });
    await expect(verb.approve(tenant, deletionId, 'b')).rejects.toThrow(`A legal hold is on ${annDrive}`);
    await holds.lift(tenant, holdId, 'k');
    const { job } = (await verb.approve(tenant, deletionId, 'b')).deletion;
    const { kind, termsJson } = await jobs.get(tenant, job!.jobId);
    expect([kind, JSON.parse(termsJson ?? '')]).toEqual(['rewriting', { deletionId, itemIds: ['a', 'b'] }]);
    await expect(backUp()).rejects.toThrow(`being made anew by job ${job!.jobId}`);
    const { rows } = await jobs.listTasks(tenant, job!.jobId, { size: 10 });
    expect(rows.map(({ resourceId }) => resourceId)).toEqual([annDrive]);
    expect(await deletions.excludedItems(tenant, backupSetId, annDrive)).toEqual(['a', 'b']);
    expect(await deletions.excludedItems(tenant, backupSetId, annMail)).toEqual([]);
    expect(await deletions.excludedItems(theirs, backupSetId, annDrive)).toEqual([]);
    await end(job!.jobId, 'completed');
    expect((await backUp()).resources).toEqual(expect.arrayContaining([annMail, annDrive]));
  });

  it('of items is refused where the approved ones of the resource name as many as a backup can be told of', async () => {
    const { tenant, backUp, end, deletions, verb, wanted } = await fresh();
    await end((await backUp()).jobId, 'completed');
    const ask = (itemIds: readonly string[], resourceId: typeof annDrive = annDrive) =>
      verb.request(tenant, { ...wanted, subject: { kind: 'items', resourceId, itemIds } });
    const { deletionId } = (await ask(Array.from({ length: 10_000 }, (_, at) => `item ${at}`))).deletion;
    const waiting = (await ask(['one more'])).deletion;
    for (const by of ['a', 'b']) await deletions.approve(tenant, deletionId, by);
    await expect(ask(['another'])).rejects.toThrow('more than 10000 items. Name the folders');
    await expect(verb.approve(tenant, waiting.deletionId, 'a')).rejects.toThrow('more than 10000 items');
    await ask(['item 7']);
    await ask(['another'], annMail);
  });

  it('is nothing of another tenant', async () => {
    const { deletions, verb, wanted, deletionId } = await fresh();
    await expect(deletions.get(theirs, deletionId)).rejects.toThrow('There is no deletion request');
    await expect(verb.approve(theirs, deletionId, 'a')).rejects.toThrow('There is no deletion request');
    await expect(verb.request(theirs, wanted)).rejects.toThrow('There is no backup set');
    expect((await deletions.list(theirs, { size: 10 })).rows).toEqual([]);
  });

  it('notes once what it removes, and lists requests in pages', async () => {
    const { tenant, deletions, verb, wanted, deletionId } = await fresh();
    const removals = [1, 2].map((number) => ({
      ...{ snapshotId: String(number).repeat(64) as never, number },
      jobStartedAtMs: number * 1_000,
    }));
    await deletions.noteRemovals(tenant, deletionId, annMail, removals);
    await deletions.noteRemovals(tenant, deletionId, annMail, removals);
    expect((await deletions.get(tenant, deletionId)).removed).toEqual([
      {
        ...{ resourceId: annMail, snapshots: 2, firstNumber: 1, lastNumber: 2 },
        ...{ firstJobStartedAtMs: 1_000, lastJobStartedAtMs: 2_000 },
      },
    ]);
    const newest = (await verb.request(tenant, wanted)).deletion;
    const first = await deletions.list(tenant, { size: 1 });
    const second = await deletions.list(tenant, { size: 1, from: first.next ?? '' });
    expect(new Set([...first.rows, ...second.rows].map((one) => one.deletionId))).toEqual(
      new Set([deletionId, newest.deletionId]),
    );
    expect(second.next).toBeUndefined();
  });
});
