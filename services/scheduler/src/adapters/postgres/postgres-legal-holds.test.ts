import {
  parseBackupSetId,
  parseJobId,
  parseLegalHoldId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  type ResourceId,
} from '@holdfast/kernel';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PlaceLegalHold } from '../../app/place-legal-hold.js';
import { StartHousekeeping } from '../../app/start-housekeeping.js';
import type { HeldSubject } from '../../domain/held-subject.js';
import { PostgresBackupSets } from './postgres-backup-sets.js';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresLegalHolds } from './postgres-legal-holds.js';
import { useSchedulerDatabase } from './test-database.suite.js';

const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const otherSet = parseBackupSetId('dddddddd-0000-4000-8000-000000000000');
const [annMail, annDrive, bobMail] = ['mail.ann', 'drive.ann', 'mail.bob'].map(parseResourceId) as [
  ResourceId,
  ResourceId,
  ResourceId,
];
const KEY = '0123456789abcdef';

const database = useSchedulerDatabase();
let holds: PostgresLegalHolds;

beforeAll(() => {
  holds = new PostgresLegalHolds(database());
});

/** A tenant of its own, with one set. */
async function fresh() {
  const tenant = parseTenantId(randomUUID());
  const sets = new PostgresBackupSets(database());
  const { backupSetId } = await sets.create(tenant, {
    displayName: 'All',
    vaultId,
    timeZone: 'UTC',
    retention: { days: 7 },
    retentionRuns: 'on-request',
    source: { allAccounts: true, accountIds: new Set(), workloads: ['mail'], skipUnlicensed: false },
  });
  const place = (subject: HeldSubject) => holds.place(tenant, { subject, reason: 'Case 7', placedBy: KEY });
  const held = (set = backupSetId) => holds.heldAmong(tenant, set, [annMail, annDrive, bobMail]);
  return { tenant, sets, backupSetId, place, held };
}

describe('what a legal hold is on', () => {
  it('is all of a set, and nothing of another', async () => {
    const { place, held, backupSetId } = await fresh();
    await place({ kind: 'set', backupSetId });
    expect(await held()).toEqual(new Set([annMail, annDrive, bobMail]));
    expect(await held(otherSet)).toEqual(new Set());
  });

  it('is all of an account in every set', async () => {
    const { place, held } = await fresh();
    await place({ kind: 'account', accountId: 'ann' });
    expect(await held()).toEqual(new Set([annMail, annDrive]));
    expect(await held(otherSet)).toEqual(new Set([annMail, annDrive]));
  });

  it('is one resource, until every hold on it is lifted', async () => {
    const { tenant, place, held } = await fresh();
    const first = await place({ kind: 'resource', resourceId: bobMail });
    const second = await place({ kind: 'account', accountId: 'bob' });
    await holds.lift(tenant, first.holdId, KEY);
    expect(await held()).toEqual(new Set([bobMail]));
    await holds.lift(tenant, second.holdId, KEY);
    expect(await held()).toEqual(new Set());
  });

  it('is nothing of another tenant', async () => {
    const { place, backupSetId } = await fresh();
    const { holdId } = await place({ kind: 'account', accountId: 'ann' });
    expect(await holds.heldAmong(theirs, backupSetId, [annMail])).toEqual(new Set());
    expect((await holds.list(theirs, { size: 10 }, { withLifted: true })).rows).toEqual([]);
    await expect(holds.lift(theirs, holdId, KEY)).rejects.toThrow('There is no legal hold');
    await expect(
      holds.place(theirs, { subject: { kind: 'set', backupSetId }, reason: 'Case 7', placedBy: KEY }),
    ).rejects.toThrow('There is no backup set');
  });
});

describe('the record of holds', () => {
  it('keeps who placed and who lifted first, in pages from the newest on', async () => {
    const { tenant, place } = await fresh();
    const placed = [];
    for (const accountId of ['a', 'b', 'c']) placed.push(await place({ kind: 'account', accountId }));
    const [oldest, , newest] = placed;
    const lifted = await holds.lift(tenant, oldest!.holdId, 'first');
    expect(await holds.lift(tenant, oldest!.holdId, 'second')).toEqual(lifted);
    expect(lifted.lifted).toMatchObject({ by: 'first' });
    expect((await holds.list(tenant, { size: 10 }, { withLifted: false })).rows).toHaveLength(2);
    const seen = [];
    for (let from: string | undefined = ''; from !== undefined;) {
      const page: Awaited<ReturnType<typeof holds.list>> = await holds.list(
        tenant,
        { size: 1, ...(from && { from }) },
        { withLifted: true },
      );
      seen.push(...page.rows);
      from = page.next;
    }
    expect(new Set(seen.map(({ holdId }) => holdId))).toEqual(new Set(placed.map(({ holdId }) => holdId)));
    expect(seen).toHaveLength(3);
    expect(seen[0]!.placedAtMs).toBe(newest!.placedAtMs);
    await expect(holds.lift(tenant, parseLegalHoldId(randomUUID()), KEY)).rejects.toThrow('There is no legal hold');
  });

  it('keeps the set that a hold is on', async () => {
    const { tenant, sets, backupSetId, place } = await fresh();
    const { holdId } = await place({ kind: 'set', backupSetId });
    await expect(sets.delete(tenant, backupSetId)).rejects.toThrow('Have the hold lifted');
    await holds.lift(tenant, holdId, KEY);
    await sets.delete(tenant, backupSetId);
  });
});

describe('PlaceLegalHold', () => {
  it('warns of what was never read and of a retention that runs', async () => {
    const { tenant, sets, backupSetId } = await fresh();
    const jobs = new PostgresJobs(database());
    const place = (subject: HeldSubject) =>
      new PlaceLegalHold(holds).run(tenant, { subject, reason: 'Case 7', placedBy: KEY });
    const ann: HeldSubject = { kind: 'account', accountId: 'ann' };
    expect((await place(ann)).warnings).toEqual([expect.stringContaining('No backup has read anything')]);
    const terms = { backupSetId, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false };
    const jobId = parseJobId(randomUUID());
    await jobs.open(tenant, { jobId, kind: 'backup', ...terms });
    await jobs.addTasks(tenant, jobId, [annMail]);
    for (const known of [ann, { kind: 'resource', resourceId: annMail }, { kind: 'set', backupSetId }] as const)
      expect((await place(known)).warnings).toEqual([]);
    const retention = await new StartHousekeeping(sets, jobs).run(tenant, backupSetId, {
      kind: 'retention',
      dryRun: false,
    });
    expect((await place(ann)).warnings).toEqual([
      expect.stringContaining(`Job ${retention.jobId}, a retention or a deletion, was running`),
    ]);
  });
});

describe('a page token of the list of legal holds that was not given out', () => {
  it.each([
    ['x', randomUUID()],
    [1, 'no id'],
  ])('is refused as such: %s, %s', async (...key) => {
    const { tenant } = await fresh();
    const from = Buffer.from(JSON.stringify(key)).toString('base64url');
    await expect(holds.list(tenant, { size: 1, from }, { withLifted: true })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
