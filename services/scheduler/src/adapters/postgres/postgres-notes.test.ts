import {
  parseJobId,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
  SystemClock,
  type BackupSetId,
  type DeletionId,
  type ResourceId,
  type TenantId,
} from '@holdfast/kernel';
import { emptyTaskReport, setDefinition, type SetDefinition } from '@holdfast/contracts';
import { SilentLogger } from '@holdfast/platform';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { KeepNotes } from '../../app/keep-notes.js';
import { NoteKeeper } from '../../app/note-keeper.port.js';
import type { HeldSubject } from '../../domain/held-subject.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresDeletions } from './postgres-deletions.js';
import { PostgresHistory } from './postgres-history.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresLegalHolds } from './postgres-legal-holds.js';
import { PostgresNotes } from './postgres-notes.js';
import { PostgresTasks } from './postgres-tasks.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const settings = {
  displayName: 'All',
  timeZone: 'Europe/Vienna',
  retention: { days: 7 },
  retentionRuns: 'on-request' as const,
  source: { allAccounts: true, accountIds: new Set(['u1']), workloads: ['mail' as const], skipUnlicensed: false },
};

const database = useSchedulerDatabase();
let told: unknown[];
let isAway: boolean;

interface Told {
  readonly version: number;
  readonly definition: SetDefinition;
}

/** Keeps in memory what vaults are told. */
class Heard extends NoteKeeper {
  override async keepSet(...[, vault, set, note]: Parameters<NoteKeeper['keepSet']>): Promise<void> {
    if (isAway) throw new Error('away');
    told.push({ vault, set, ...note });
  }

  override async keepJob(...[, vault, job, part]: Parameters<NoteKeeper['keepJob']>): Promise<void> {
    if (isAway) throw new Error('away');
    told.push({ vault, job, ...part });
  }
}

beforeEach(() => {
  told = [];
  isAway = false;
});

const keep = () => new KeepNotes(new PostgresNotes(database()), new Heard(), new SilentLogger()).run();
const sets = () => new PostgresBackupSets(database());

/** A backup of `resources` mailboxes that a worker has ended. */
async function endedJob(resources: number) {
  const set = await sets().create(ours, { ...settings, vaultId });
  const jobs = new PostgresJobs(database());
  const tasks = new PostgresTasks(database(), new SystemClock());
  const jobId = parseJobId(randomUUID());
  const terms = { timeZone: 'UTC', fullCheck: false, dryRun: false };
  await jobs.open(ours, { jobId, kind: 'backup', backupSetId: set.backupSetId, vaultId, ...terms });
  const ids = Array.from({ length: resources }, (_, n) => parseResourceId(`mail.u${String(n).padStart(5, '0')}`));
  await jobs.addTasks(ours, jobId, ids);
  await jobs.close(ours, jobId, ['One account is gone.']);
  for (;;) {
    const leased = await tasks.leaseNext('backup', [ours], 'test', 60_000);
    if (!leased) break;
    const { taskId, epoch, progress } = leased.task;
    const report = { ...emptyTaskReport, owed: 0, requests: 3 };
    const end = { outcome: 'completed', progress, report, snapshotId: 'ab', errorCode: '', errorMessage: '' } as const;
    await tasks.finish(ours, { taskId, epoch }, end);
  }
  return { set, jobId };
}

describe('what vaults are told', () => {
  it('is each version of a set, and that it was deleted', async () => {
    const { backupSetId: set, version } = await sets().create(ours, { ...settings, vaultId });
    await keep();
    const definition = {
      displayName: 'All',
      source: { ...settings.source, accountIds: ['u1'] },
      timeZone: 'Europe/Vienna',
      retention: { days: 7 },
      retentionRuns: 'on-request',
      createdAtMs: expect.any(Number),
      holds: [],
      deletions: [],
    };
    expect(told).toEqual([{ vault: vaultId, set, version, definition }]);
    await sets().update(ours, set, version, { ...settings, displayName: 'Everybody' });
    await keep();
    expect(told.at(-1)).toMatchObject({ version: version + 1, definition: { displayName: 'Everybody' } });
    await sets().delete(ours, set);
    await keep();
    expect(told.at(-1)).toEqual({ vault: vaultId, set, version: version + 2 });
    await keep();
    expect(told).toHaveLength(3);
  });

  it('is told again after a failure, and what changed meanwhile is not lost', async () => {
    const { backupSetId: set, version } = await sets().create(ours, { ...settings, vaultId });
    isAway = true;
    await keep();
    const [due] = await dueOf(set);
    expect(due).toMatchObject({ attempts: 1 });
    const notes = new PostgresNotes(database());
    await sets().update(ours, set, version, settings);
    await notes.done({
      kind: 'set',
      tenantId: ours,
      vaultId,
      backupSetId: set,
      asked: due!.asked,
      deletedVersion: undefined,
    });
    isAway = false;
    await keep();
    expect(told).toEqual([expect.objectContaining({ set, version: version + 1 })]);
    expect(await dueOf(set)).toEqual([]);
  });

  it('is what a job did, in parts that are bounded, and comes back the same', async () => {
    const { jobId, set } = await endedJob(501);
    await keep();
    const parts = told.filter((note) => (note as { job?: string }).job === jobId) as { history: never; part: number }[];
    expect(parts.map(({ part }) => part)).toEqual([0, 1]);
    const before = await new PostgresJobs(database()).get(ours, jobId);
    const [task] = (await new PostgresJobs(database()).listTasks(ours, jobId, { size: 1 })).rows;

    await database().inTenant(ours, async (tx) => {
      await tx.deleteFrom('tasks').where('job_id', '=', jobId).execute();
      await tx.deleteFrom('jobs').where('job_id', '=', jobId).execute();
    });
    const history = new PostgresHistory(database());
    const taken = [];
    for (const part of [...parts, ...parts])
      taken.push(await history.takeBackJob(ours, vaultId, { jobId, history: part.history }));
    expect(taken).toEqual([true, false, false, false]);
    expect(await new PostgresJobs(database()).get(ours, jobId)).toEqual({
      ...before,
      tasksTotal: 501,
      tasksFinished: 501,
    });
    const [back] = (await new PostgresJobs(database()).listTasks(ours, jobId, { size: 1 })).rows;
    expect(back).toEqual(task);
    expect(await toldOf(jobId)).toMatchObject({ 'task.finished.v1': 2 * 501 });
    expect((await sets().list(ours)).map(({ backupSetId }) => backupSetId)).toContain(set.backupSetId);
  }, 60_000);

  it('of a set comes back once, in its version, and the vault is told of it anew', async () => {
    const { backupSetId, version } = await sets().create(ours, { ...settings, vaultId });
    await keep();
    const [{ definition }] = told as [{ definition: never }];
    await database().inTenant(ours, (tx) =>
      tx.deleteFrom('backup_sets').where('backup_set_id', '=', backupSetId).execute(),
    );
    const history = new PostgresHistory(database());
    const returning = { backupSetId, version: 7, definition };
    expect(await history.takeBackSet(ours, vaultId, returning)).toBe(true);
    expect(await history.takeBackSet(ours, vaultId, { ...returning, version: 9 })).toBe(false);
    expect(await sets().get(ours, backupSetId)).toMatchObject({ displayName: 'All', version: 7, vaultId });
    expect(version).toBe(1);
    await keep();
    expect(told.at(-1)).toMatchObject({ set: backupSetId, version: 7 });
  });

  it('of a set are the holds and the approved deletions too, which come back with it', async () => {
    const tenant = parseTenantId(randomUUID());
    const { backupSetId } = await sets().create(tenant, { ...settings, vaultId });
    const other = await sets().create(tenant, { ...settings, vaultId });
    const [holds, deletions] = [new PostgresLegalHolds(database()), new PostgresDeletions(database())];
    const place = (subject: HeldSubject) => holds.place(tenant, { subject, reason: 'Case 7', placedBy: 'k' });
    const onAccount = await place({ kind: 'account', accountId: 'ann' });
    const onOther = await place({ kind: 'set', backupSetId: other.backupSetId });
    const lifted = await place({ kind: 'resource', resourceId: parseResourceId('mail.bob') });
    await holds.lift(tenant, lifted.holdId, 'k');
    const of = { backupSetId, reason: 'Art. 17', requestedBy: 'k' };
    const waiting = await deletions.request(tenant, { ...of, subject: { kind: 'account', accountId: 'cid' } });
    const approved = await deletions.request(tenant, { ...of, subject: { kind: 'account', accountId: 'dan' } });
    for (const by of ['a', 'b']) await deletions.approve(tenant, approved.deletionId, by);
    const done = await deletions.request(tenant, { ...of, subject: { kind: 'account', accountId: 'eve' } });
    for (const by of ['a', 'b']) await deletions.approve(tenant, done.deletionId, by);
    const eveMail = parseResourceId('mail.eve');
    const removal = { snapshotId: parseSnapshotId('ab'.repeat(32)), number: 3, jobStartedAtMs: 1_000 };
    await deletions.noteRemovals(tenant, done.deletionId, eveMail, [removal]);
    await endDeletion(tenant, backupSetId, done.deletionId);
    await deletions.noteRemoved(tenant, done.deletionId);
    const removedBefore = await deletions.get(tenant, done.deletionId);
    const fred = parseResourceId('drive.fred');
    const items = { kind: 'items', resourceId: fred, itemIds: ['a', 'b'] } as const;
    const ofItems = await deletions.request(tenant, { ...of, subject: items });
    for (const by of ['a', 'b']) await deletions.approve(tenant, ofItems.deletionId, by);
    await keep();
    const lastOf = (set: BackupSetId) => told.findLast((note) => (note as { set?: string }).set === set) as Told;
    const [note, otherNote] = [lastOf(backupSetId), lastOf(other.backupSetId)];
    expect(note.definition.holds.map(({ holdId }) => holdId)).toEqual([onAccount.holdId]);
    expect(new Set(otherNote.definition.holds.map(({ holdId }) => holdId))).toEqual(
      new Set([onAccount.holdId, onOther.holdId]),
    );

    await database().inTenant(tenant, async (tx) => {
      for (const table of [
        'backup_sets',
        'legal_holds',
        'deletion_removals',
        'deletion_approvals',
        'deletions',
      ] as const)
        await tx.deleteFrom(table).where('tenant_id', '=', tenant).execute();
    });
    const history = new PostgresHistory(database());
    for (const [set, { definition, version }] of [
      [backupSetId, note],
      [other.backupSetId, otherNote],
    ] as const)
      // As a vault gives it back.
      await history.takeBackSet(tenant, vaultId, {
        backupSetId: set,
        version,
        definition: setDefinition.parse(JSON.parse(JSON.stringify(definition))),
      });
    const page = { size: 10 };
    expect(new Set((await holds.list(tenant, page, { withLifted: true })).rows)).toEqual(new Set([onAccount, onOther]));
    const rows = (await deletions.list(tenant, page)).rows;
    expect(rows).toHaveLength(3);
    expect(await deletions.excludedItems(tenant, backupSetId, fred)).toEqual(['a', 'b']);
    expect(rows.find(({ deletionId }) => deletionId === ofItems.deletionId)?.subject).toEqual(items);
    const back = rows.find(({ deletionId }) => deletionId === approved.deletionId);
    const { job: _job, ...removedAgain } = removedBefore;
    expect(rows.find(({ deletionId }) => deletionId === done.deletionId)).toEqual(removedAgain);
    expect(removedAgain.removed).toMatchObject([{ resourceId: eveMail, snapshots: 1, lastNumber: 3 }]);
    expect(back).not.toHaveProperty('removedAtMs');
    expect(back).toMatchObject({
      approvals: [{ by: 'a' }, { by: 'b' }],
      reason: 'Art. 17',
    });
    expect(back?.deletionId).not.toBe(waiting.deletionId);
    const [danMail, cidMail] = ['mail.dan', 'mail.cid'].map(parseResourceId) as [ResourceId, ResourceId];
    expect(await deletions.excludedAmong(tenant, backupSetId, [danMail, cidMail])).toEqual(new Set([danMail]));
    expect(await holds.heldAmong(tenant, backupSetId, [parseResourceId('drive.ann'), cidMail])).toEqual(
      new Set(['drive.ann']),
    );
  });
});

/** As if its job had ended well. */
async function endDeletion(tenant: TenantId, backupSetId: BackupSetId, deletion: DeletionId): Promise<void> {
  const jobs = new PostgresJobs(database());
  const jobId = parseJobId(randomUUID());
  const terms = { timeZone: 'UTC', fullCheck: false, dryRun: false };
  await jobs.open(tenant, { jobId, kind: 'deletion', backupSetId, vaultId, ...terms });
  await new PostgresDeletions(database()).setJob(tenant, deletion, jobId);
  await database().inTenant(tenant, (tx) =>
    tx.updateTable('jobs').set({ state: 'completed', finished_at: new Date() }).where('job_id', '=', jobId).execute(),
  );
}

const dueOf = (id: string) =>
  database().inTenant(ours, (tx) => tx.selectFrom('notes_due').selectAll().where('id', '=', id).execute());

/** Events of the outbox that name the job, counted by subject. */
async function toldOf(jobId: string): Promise<Record<string, number>> {
  const { rows } = await database().inTenant(ours, (tx) =>
    sql<{ event: string; told: number }>`
      select event, count(*) as told from outbox where payload::text like ${`%${jobId}%`} group by event`.execute(tx),
  );
  return Object.fromEntries(rows.map(({ event, told }) => [event, told]));
}
